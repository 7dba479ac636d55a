"""Reads what the formats wrote, with the readers that people use, and compares it with what went in.

Usage: read_formats.py CHECK FOLDER [BRIDGE]

CHECK is the name of a function below, FOLDER where format_pyarrow_test.cpp left its files, BRIDGE the library of
tests/arrow_bridge. Exit status 1 and a traceback when something differs.
"""

import csv
import ctypes
import datetime
import decimal
import io
import json
import math
import struct
import sys
import uuid
from pathlib import Path

UTC = datetime.timezone.utc
LEAP_DAY = datetime.datetime(2024, 2, 29, 12, 34, 56, 789000)
UUID = uuid.UUID("01234567-89ab-cdef-0123-456789abcdef")
FLOAT32_MAX = struct.unpack("<f", bytes.fromhex("ffff7f7f"))[0]
HOSTILE_LINE = 'tab\t"quote", \U0001f600\r\nline | \\'

# Column by column, what tests/format_every_type.hpp holds.
EVERY_TYPE = {
    "null": [None] * 5,
    "bool": [True, False, True, None, None],
    "int64": [1, -(2**63), 2**63 - 1, None, None],
    "uint64": [1, 0, 2**64 - 1, None, None],
    "float32": [1.5, -FLOAT32_MAX, math.inf, None, None],
    "float64": [0.1, -sys.float_info.max, math.nan, None, None],
    "decimal": ["12.50", "-99999999999999999999999999999999999999999.99", "NaN", None, None],
    "string": ["text", "", HOSTILE_LINE, None, None],
    "bytes": [b"\x00\xff", b"", b"a", None, None],
    "date": [datetime.date(2024, 2, 29), datetime.date.min, datetime.date.max, None, None],
    "time": [LEAP_DAY.time(), datetime.time.min, datetime.time.max, None, None],
    "timestamp": [LEAP_DAY, datetime.datetime.min, datetime.datetime.max, None, None],
    "timestamp_tz": [
        LEAP_DAY.replace(tzinfo=UTC),
        datetime.datetime.min.replace(tzinfo=UTC),
        datetime.datetime.max.replace(tzinfo=UTC),
        None,
        None,
    ],
    "interval": [(14, 3, 1_500_000_000), (-14, -3, -1_500_000_001), (0, 0, 0), None, None],
    "uuid": [UUID, uuid.UUID(int=0), UUID, None, None],
    "json": ['{"a": [1, 2.50]}', "null", '"\\u00e9"', None, None],
    "list": [[1, None, 3], [], [-(2**63)], None, None],
    "nested": [[["a", "b"], None, []], [], [None], None, None],
    "variant": [42, "text", "1.10", None, b"\x01"],
    "int64_2": [7, 8, 9, None, None],
}

# The same as text, where a format has text alone. An interval is ISO 8601; bytes are hexadecimal.
INTERVAL_TEXT = ["P1Y2M3DT1.5S", "P-1Y-2M-3DT-1.500000001S", "PT0S", None, None]
BYTES_TEXT = ["\\x00ff", "\\x", "\\x61", None, None]


def same(a, b):
    """Equality in which NaN equals itself, at any depth."""
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a):
        return math.isnan(b)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


def expect_same(found, expected, what):
    assert same(found, expected), f"{what}: found {found!r}, expected {expected!r}"


def check_columns(batch):
    assert batch.num_columns == len(EVERY_TYPE)
    for column, name in zip(batch.columns, EVERY_TYPE):
        column.validate(full=True)
        values = [tuple(v) if name == "interval" and v is not None else v for v in column.to_pylist()]
        expect_same(values, EVERY_TYPE[name], name)


def arrow_types():
    import pyarrow as pa

    variant = [
        ("int64", pa.int64()), ("float64", pa.float64()), ("string", pa.string()), ("bytes", pa.binary()),
        ("bool", pa.bool_()), ("uint64", pa.uint64()), ("decimal", decimal_type()), ("date", pa.date32()),
        ("time", pa.time64("us")), ("timestamp", pa.timestamp("us")), ("timestamp_tz", pa.timestamp("us", "UTC")),
        ("interval", pa.month_day_nano_interval()), ("uuid", pa.uuid()), ("json", pa.json_()),
    ]  # fmt: skip
    types = dict(variant)
    types["null"] = pa.null()
    types["float32"] = pa.float32()
    types["list"] = pa.list_(pa.int64())
    types["nested"] = pa.list_(pa.list_(pa.string()))
    types["variant"] = pa.dense_union([pa.field(name, kind) for name, kind in variant])
    types["int64_2"] = pa.int64()
    return types


def decimal_type():
    import pyarrow as pa

    return pa.opaque(pa.string(), type_name="decimal", vendor_name="Penstock")


def check_arrow(folder):
    import pyarrow as pa

    with pa.ipc.open_stream(folder / "every_type.arrow") as reader:
        assert reader.schema.names == list(EVERY_TYPE)
        for name, kind in arrow_types().items():
            expect_same(str(reader.schema.field(name).type), str(kind), name)
        assert reader.schema.field("int64").metadata == {b"penstock:native_type": b"BIGINT"}
        batches = list(reader)
    assert [batch.num_rows for batch in batches] == [5, 0, 5]
    check_columns(batches[0])
    check_columns(batches[2])


def check_arrow_edges(folder):
    import pyarrow as pa

    with pa.ipc.open_stream(folder / "no_rows.arrow") as reader:
        table = reader.read_all()
    assert table.num_rows == 0 and table.num_columns == len(EVERY_TYPE)

    with pa.ipc.open_stream(folder / "no_columns.arrow") as reader:
        assert reader.read_next_batch().num_columns == 0
        batch, metadata = reader.read_next_batch_with_custom_metadata()
    assert batch.num_columns == 0 and batch.num_rows == 0
    assert metadata == {b"penstock:affected_rows": b"12"}

    with pa.ipc.open_stream(folder / "truncated.arrow") as reader:
        assert reader.read_next_batch().num_rows == 1
        batch, metadata = reader.read_next_batch_with_custom_metadata()
    assert batch.num_rows == 0 and metadata == {b"penstock:truncated": b"true"}

    with pa.ipc.open_stream(folder / "widened.arrow") as reader:
        assert reader.read_all().column("v").to_pylist() == ["one", 2, None, 3]

    with pa.ipc.open_stream(folder / "cut_lists.arrow") as reader:
        table = reader.read_all()
    table.validate(full=True)
    assert table.column("l").to_pylist() == [[1, 2], []]
    assert table.column("v").to_pylist() == ["a", 1]


def check_arrow_broken(folder):
    import pyarrow as pa

    for name in ("broken.arrow", "broken_before_schema.arrow"):
        try:
            with pa.ipc.open_stream(folder / name) as reader:
                reader.read_all()
        except (pa.ArrowInvalid, OSError):
            continue
        raise AssertionError(f"{name} was taken for a whole stream")


def import_batch(call):
    """A batch that `call` exports to the two addresses it is given."""
    import pyarrow as pa

    schema = ctypes.create_string_buffer(72)
    array = ctypes.create_string_buffer(80)
    call(ctypes.addressof(schema), ctypes.addressof(array))
    return pa.RecordBatch._import_from_c(ctypes.addressof(array), ctypes.addressof(schema))


def check_c_interface(_folder, bridge_path):
    bridge = ctypes.CDLL(bridge_path)
    bridge.penstock_export_every_type.argtypes = [ctypes.c_void_p] * 2
    bridge.penstock_export_every_type.restype = None
    bridge.penstock_round_trip.argtypes = [ctypes.c_void_p] * 4
    bridge.penstock_round_trip.restype = ctypes.c_int

    def round_trip(batch):
        schema = ctypes.create_string_buffer(72)
        array = ctypes.create_string_buffer(80)
        batch._export_to_c(ctypes.addressof(array), ctypes.addressof(schema))

        def call(schema_out, array_out):
            status = bridge.penstock_round_trip(
                ctypes.addressof(schema), ctypes.addressof(array), schema_out, array_out
            )
            assert status == 0, "the batch was refused"

        return import_batch(call)

    exported = import_batch(bridge.penstock_export_every_type)
    check_columns(exported)
    for (name, kind), field in zip(arrow_types().items(), sorted_like(exported.schema, arrow_types())):
        expect_same(str(field.type), str(kind), name)
    returned = round_trip(exported)
    del exported
    check_columns(returned)
    check_slices(returned, round_trip)


def sorted_like(schema, types):
    """The schema's fields in the order of `types`, whose names are unique where the schema's are not."""
    fields = dict(zip(EVERY_TYPE, schema))
    return [fields[name] for name in types]


def check_slices(batch, round_trip):
    """Arrays that do not begin at their buffers' start."""
    for start in range(batch.num_rows):
        part = batch.slice(start, 2)
        back = round_trip(part)
        assert back.num_rows == part.num_rows
        for name, before, after in zip(EVERY_TYPE, part.columns, back.columns):
            after.validate(full=True)
            expect_same(after.to_pylist(), before.to_pylist(), f"{name} from {start}")


def json_value(name, value):
    """What JSON has for a value of EVERY_TYPE."""
    if value is None:
        return None
    if name in ("float32", "float64") and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if name == "float32":
        return decimal.Decimal("1.5") if value == 1.5 else decimal.Decimal("-3.4028235e+38")
    if name == "float64":
        return decimal.Decimal(repr(value))
    if name == "decimal":
        return value if value == "NaN" else decimal.Decimal(value)
    if name == "variant":
        return {"1.10": decimal.Decimal("1.10"), b"\x01": "\\x01"}.get(value, value)
    if name == "json":
        return json.loads(value, parse_float=decimal.Decimal)
    if name == "timestamp_tz":
        return iso(value.replace(tzinfo=None)) + "Z"
    if name == "timestamp":
        return iso(value).replace("T", " ")
    if name == "time":
        return iso(value)
    return str(value) if name in ("date", "uuid") else value


def iso(value):
    """ISO 8601 without the zeros that end a fraction."""
    text = value.isoformat()
    return text.rstrip("0") if "." in text else text


def json_rows():
    columns = {name: [json_value(name, v) for v in values] for name, values in EVERY_TYPE.items()}
    columns["interval"] = INTERVAL_TEXT
    columns["bytes"] = BYTES_TEXT
    return [dict(zip(columns, row)) for row in zip(*columns.values())]


def load(text):
    return json.loads(text, parse_float=decimal.Decimal)


def expect_rows(rows):
    expected = json_rows()
    assert len(rows) == len(expected)
    for row, wanted in zip(rows, expected):
        assert list(row) == list(wanted)
        for name in wanted:
            # Decimal compares by value: its text shows that no digit was lost.
            expect_same(str(row[name]), str(wanted[name]), name)


def check_json(folder):
    for name in ("every_type.json", "every_type_pretty.json"):
        document = load((folder / name).read_bytes())
        expect_rows(document["data"])
        assert document["success"] is True and document["row_count"] == 5 and document["error"] is None
        assert document["columns"] == list(EVERY_TYPE)
        assert [field["name"] for field in document["schema"]] == list(EVERY_TYPE)
    document = load((folder / "every_type_arrays.json").read_bytes())
    expect_rows([dict(zip(document["columns"], row)) for row in document["data"]])
    lines = (folder / "every_type.jsonl").read_bytes().split(b"\n")
    assert lines.pop() == b""
    expect_rows([load(line) for line in lines])


def check_doubles(folder):
    """Every double reads as Python's repr() has it, not only as the same number."""
    raw = (folder / "doubles.bin").read_bytes()
    doubles = struct.unpack(f"<{len(raw) // 8}d", raw)
    rows = json.loads((folder / "doubles.json").read_bytes(), parse_float=str)["data"]
    assert len(rows) == len(doubles) > 10_000
    for (text,), number in zip(rows, doubles):
        assert text == repr(number), f"{text} is not {number!r}"


def hostile_texts(folder):
    lines = (folder / "hostile.hex").read_text().split("\n")
    return [bytes.fromhex(line).decode("utf-8", "replace") for line in lines]


def check_hostile(folder):
    texts = hostile_texts(folder)
    assert len(texts) > 20
    document = json.loads((folder / "hostile.json").read_bytes())
    assert [row["text"] for row in document["data"]] == texts
    rows = [json.loads(line)["text"] for line in (folder / "hostile.jsonl").read_bytes().splitlines()]
    assert rows == texts
    for name, delimiter in (("hostile.csv", ","), ("hostile.tsv", "\t"), ("hostile_lf.csv", ",")):
        with open(folder / name, encoding="utf-8", newline="") as file:
            records = list(csv.reader(file, delimiter=delimiter, strict=True))
        assert records == [["n", "text"]] + [[str(i), text] for i, text in enumerate(texts)], name


def check_csv(folder):
    with open(folder / "every_type.csv", encoding="utf-8", newline="") as file:
        records = list(csv.reader(file, strict=True))
    assert records[0] == list(EVERY_TYPE)
    columns = dict(zip(EVERY_TYPE, zip(*records[1:])))
    assert list(columns["int64"]) == ["1", str(-(2**63)), str(2**63 - 1), "", ""]
    assert list(columns["float64"])[:3] == ["0.1", repr(-sys.float_info.max), "NaN"]
    assert list(columns["decimal"]) == [value or "" for value in EVERY_TYPE["decimal"]]
    assert list(columns["string"]) == ["text", "", HOSTILE_LINE, "", ""]
    assert list(columns["bytes"]) == [value or "" for value in BYTES_TEXT]
    assert list(columns["interval"]) == [value or "" for value in INTERVAL_TEXT]
    assert [json.loads(text) for text in columns["nested"][:3]] == EVERY_TYPE["nested"][:3]
    assert list(columns["variant"]) == ["42", "text", "1.10", "", "\\x01"]
    check_csv_null(folder)


def check_csv_null(folder):
    """Null and the empty text stay apart for a reader that looks at quotes, as pyarrow's does."""
    from pyarrow import csv as arrow_csv

    options = arrow_csv.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""])
    parsing = arrow_csv.ParseOptions(newlines_in_values=True)
    table = arrow_csv.read_csv(folder / "every_type.csv", convert_options=options, parse_options=parsing)
    assert table.column("string").to_pylist() == EVERY_TYPE["string"]


def check_csv_broken(folder):
    """A reader that counts fields refuses the rows before an error."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    try:
        arrow_csv.read_csv(io.BytesIO((folder / "broken.csv").read_bytes()))
    except pa.ArrowInvalid:
        return
    raise AssertionError("a broken CSV was taken for a whole one")


if __name__ == "__main__":
    check, folder, *rest = sys.argv[1:]
    globals()[f"check_{check}"](Path(folder), *rest)
