-- What wrk sends as a flood: one request over and over, with a pause after each answer, so that the rate is that of
-- the connections and not of the server. Run by bench/server/identities.py:
--   wrk ... -s flood.lua URL -- REQUEST_FILE PAUSE_MS

local text, pause
answered, turned_away = 0, 0

local threads = {}
function setup(thread) table.insert(threads, thread) end

function init(args)
  local file = assert(io.open(args[1], "rb"))
  text = file:read("*a")
  file:close()
  pause = tonumber(args[2])
end

function request() return text end
function delay() return pause end

function response(status, _, body)
  if status == 429 or body:find('"isError":true', 1, true) then
    turned_away = turned_away + 1
  else
    answered = answered + 1
  end
end

function done(summary, _, _)
  local all, away = 0, 0
  for _, thread in ipairs(threads) do
    all = all + thread:get("answered")
    away = away + thread:get("turned_away")
  end
  io.write(string.format('\n{"answered": %d, "turned_away": %d, "seconds": %.6f}\n', all, away,
    summary.duration / 1e6))
end
