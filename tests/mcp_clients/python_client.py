"""The Python SDK, mcp, against a server, once in each era. Arguments: KIND (fixture or penstock), then a URL, or
--stdio and a command."""

import asyncio
import re
import sys

from mcp import Client, StdioServerParameters

DATABASE = "customer_db"


def target(arguments):
    if arguments[0] == "--stdio":
        return StdioServerParameters(command=arguments[1], args=arguments[2:])
    return arguments[0]


async def check_fixture(client):
    assert len((await client.list_tools()).tools) > 20
    result = await client.call_tool("test_simple_text", {})
    assert result.content[0].text == "This is a simple text response for testing."
    assert (await client.call_tool("test_error_handling", {})).is_error
    structured = (await client.call_tool("test_structured", {})).structured_content
    assert structured == {"temperature": 22.5, "conditions": "sunny"}
    read = await client.read_resource("test://static-text")
    assert read.contents[0].text == "This is the content of the static text resource."
    prompt = await client.get_prompt("test_simple_prompt")
    assert prompt.messages[0].content.text == "This is a simple prompt for testing."


async def check_penstock(client):
    names = {tool.name for tool in (await client.list_tools()).tools}
    assert {"list_databases", "search_schema", "execute_query", "explain_query", "validate_databases"} <= names
    rows = await client.call_tool(
        "execute_query",
        {"database": DATABASE, "sql": "SELECT count(*) AS n FROM customers WHERE customer_id <= ?", "params": [12]},
    )
    assert rows.structured_content["rows"] == [[12]], rows
    missing = await client.call_tool("execute_query", {"database": DATABASE, "sql": "SELECT * FROM custmers"})
    assert missing.is_error and "customers" in missing.content[0].text
    read = await client.read_resource(f"penstock://{DATABASE}/customers")
    assert re.search("first_name", read.contents[0].text)


async def main(kind, arguments):
    check = {"fixture": check_fixture, "penstock": check_penstock}[kind]
    for mode, version in (("legacy", "2025-11-25"), ("auto", "2026-07-28")):
        async with Client(target(arguments), mode=mode) as client:
            assert client.protocol_version == version, client.protocol_version
            await check(client)
    print("ok")


asyncio.run(main(sys.argv[1], sys.argv[2:]))
