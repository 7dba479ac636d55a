-- What wrk sends: the same request with another key each time. Run by bench/server/load.py:
--   wrk ... -s load.lua URL -- REQUEST FIRST STEP MODE
-- REQUEST is a whole request with a mark of six characters where the key goes; keys have six digits. FIRST and STEP
-- say which keys: a step of 0 always the same. MODE is `time`, or `check`: then every answer is looked at, which costs
-- time, and keys must come back as JSON-RPC ids where there are such.

local mark = "@@@@@@"
local parts = {}
local turn, step
wrongs, answers, first_wrong = 0, 0, ""

local threads = {}
function setup(thread) table.insert(threads, thread) end

local function split(text)
  local from = 1
  while true do
    local at = text:find(mark, from, true)
    if not at then break end
    table.insert(parts, text:sub(from, at - 1))
    from = at + #mark
  end
  table.insert(parts, text:sub(from))
end

local function key_of(n) return 100000 + n * 7919 % 900000 end

-- Whether a body holds the row that it says it does.
local function right(status, body)
  if status ~= 200 then return false end
  local key
  for found in body:gmatch('"id":(%d+)') do
    if key and key ~= found then return false end
    key = found
  end
  if not key then return false end
  local number = tonumber(key)
  return body:find("Customer " .. number * 31 % 20011, 1, true) ~= nil
    and body:find(tostring(number * 15485863 % 10000019 / 100), 1, true) ~= nil
end

function init(args)
  split(args[1])
  turn, step = tonumber(args[2]), tonumber(args[3])
  if args[4] == "check" then
    response = function(status, _, body)
      answers = answers + 1
      if not right(status, body) then
        wrongs = wrongs + 1
        if first_wrong == "" then first_wrong = status .. " " .. body end
      end
    end
  end
end

-- One concatenation for each number of marks there is, as this is what the client spends its time on.
function request()
  turn = turn + step
  local key = key_of(turn)
  if #parts == 2 then return parts[1] .. key .. parts[2] end
  return parts[1] .. key .. parts[2] .. key .. parts[3]
end

function done(summary, latency, _)
  local errors = summary.errors
  local wrong, checked, example = 0, 0, ""
  for _, thread in ipairs(threads) do
    wrong = wrong + thread:get("wrongs")
    checked = checked + thread:get("answers")
    if example == "" then example = thread:get("first_wrong") end
  end
  io.write(string.format(
    '\n{"requests": %d, "seconds": %.6f, "bytes": %d, "p50_ms": %.3f, "p99_ms": %.3f, "failed": %d, "checked": %d, "wrong": %d}\n',
    summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    checked, wrong))
  io.write(example .. "\n")
end
