#!/usr/bin/env python3
"""Holds a running server against the OpenAPI document that it serves.

Usage: check_rest.py examples|fuzz URL [CASES]

examples: sends every example of the document, and wants answers that its schemas allow.
fuzz: lets schemathesis make CASES requests an operation, right and wrong ones, and wants no violation.
"""

import json
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import jsonschema

# What no document can say, or is not meant by it:
#   positive_data_acceptance    a query that fits its schema can still name what no database has
#   unsupported_method          TRACE and QUERY end in front of the routes
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,negative_data_rejection"
)


def request(url, method="GET", body=None):
    """Status, media type and text of an answer, whatever its status."""
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data=data, method=method)
    asked.add_header("Accept", "*/*")
    if data is not None:
        asked.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read().decode()


def validator(document, schema):
    """Validates against a schema of the document, with its references."""
    whole = {**schema, "components": document["components"]}
    return jsonschema.Draft202012Validator(whole)


def check_answer(document, operation, name, answer):
    """What is wrong with an answer of the operation."""
    status, headers, text = answer
    described = operation["responses"].get(str(status))
    if described is None:
        return [f"{name}: the status {status} is not described: {text[:200]}"]
    media = headers.get_content_type()
    if media not in described["content"]:
        return [f"{name}: the media type {media} of {status} is not described"]
    if not media.endswith("json"):
        return [] if text else [f"{name}: an empty answer"]
    errors = validator(document, described["content"][media]["schema"]).iter_errors(json.loads(text))
    return [f"{name}: {error.json_path}: {error.message}" for error in errors]


def target(path, operation, with_query):
    """The path with the examples of its parameters."""
    query = []
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", parameter["example"])
        elif parameter["in"] == "query" and with_query and "example" in parameter:
            query.append(f"{parameter['name']}={parameter['example']}")
    return path + ("?" + "&".join(query) if query else "")


def check_examples(url):
    """What is wrong with the answers to all examples, and how many there were."""
    problems, sent = [], 0
    status, _, text = request(url + "/openapi.json")
    document = json.loads(text)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            name = f"{method.upper()} {path}"
            if "requestBody" not in operation:
                for with_query in (False, True):
                    answer = request(url + target(path, operation, with_query))
                    problems += check_answer(document, operation, name, answer)
                    problems += [] if answer[0] == 200 else [f"{name}: answers {answer[0]}: {answer[2][:200]}"]
                    sent += 1
                continue
            content = operation["requestBody"]["content"]["application/json"]
            for title, example in content["examples"].items():
                label = f"{name} ({title})"
                for error in validator(document, content["schema"]).iter_errors(example["value"]):
                    problems.append(f"{label}: the example is against its own schema: {error.message}")
                answer = request(url + path, method.upper(), example["value"])
                problems += check_answer(document, operation, label, answer)
                problems += [] if answer[0] == 200 else [f"{label}: answers {answer[0]}: {answer[2][:200]}"]
                sent += 1
            broken = request(url + path, method.upper(), {"nothing": True})
            problems += check_answer(document, operation, f"{name} (broken)", broken)
            problems += [] if broken[0] == 400 else [f"{name}: takes a broken body with {broken[0]}"]
    return problems, sent


# A request may ask for so little time that a slow machine cannot answer in it.
CONFIGURATION = """\
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", "504"]
"""


def fuzz(url, cases):
    """Runs schemathesis; its exit status."""
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", url + "/openapi.json", "--url", url,
        "--checks", CHECKS, "--max-examples", cases, "--seed", "1", "--request-timeout", "30",
        "--phases", "examples,coverage,fuzzing", "--generation-database", "none", "--no-color",
    ]  # fmt: skip
    # It leaves its findings in the working directory.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "schemathesis.toml").write_text(CONFIGURATION)
        return subprocess.run(command, check=False, cwd=folder).returncode


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in ("examples", "fuzz"):
        print(__doc__, file=sys.stderr)
        return 2
    if sys.argv[1] == "fuzz":
        return fuzz(sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "20")
    problems, sent = check_examples(sys.argv[2])
    for problem in problems:
        print(problem)
    print(f"{sent} examples sent, {len(problems)} problems")
    return 1 if problems or sent < 15 else 0


if __name__ == "__main__":
    sys.exit(main())
