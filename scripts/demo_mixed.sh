# shellcheck shell=bash
# The demo with the bank's databases in several engines at once. Sourced, not run; demo, demo_server.sh,
# demo_mariadb.sh and demo_mongodb.sh come first.
# shellcheck disable=SC2154 # what these set

stop_servers() {
  stop_server
  stop_mariadb
  stop_mongodb
}

# The servers, each with the databases that demo/mixed/datasources.yaml has in it.
start_mixed() {
  say "Starting a private mongo-java-server with compliance"
  start_mongodb "$root/build/mongo-java-server"
  export DEMO_BANK_MONGODB_PORT="$DEMO_BANK_PORT"
  build/release/demo/penstock_demo_bank --only compliance_db \
    --mongodb "mongodb://127.0.0.1:$DEMO_BANK_MONGODB_PORT/?directConnection=true"
  say "Starting a private PostgreSQL server with customers and staff, and a private MariaDB server with the loans"
  start_server
  server_sql --dbname postgres --command "CREATE DATABASE demo_bank"
  build/release/demo/penstock_demo_bank --only customer_db --only employees_db \
    --postgresql "host=$server_folder port=$DEMO_BANK_PORT user=postgres dbname=demo_bank"
  grant_reading customer_db employees_db
  start_mariadb
  build/release/demo/penstock_demo_bank --only loans_db --mariadb "$DEMO_BANK_SOCKET"
  grant_mariadb_reading loans_db
}

show_mixed() {
  run "Six databases of a bank, in five engines: agents see the names alone" datasources

  run "PostgreSQL: one customer, by key" \
    query customer_db "SELECT customer_id, name, segment, joined_on FROM customers WHERE customer_id = \$1" \
    --param CUST-000123 --format table

  run "DuckDB: where the money goes on holidays" \
    query accounts_db "SELECT category, COUNT(*) AS payments, ROUND(-SUM(amount), 2) AS spent
  FROM transactions WHERE kind = 'card_payment' AND booked_at >= '2025-07-01' AND booked_at < '2025-09-01'
  GROUP BY category ORDER BY spent DESC LIMIT 5" --format table

  run "MariaDB: which loans default" \
    query loans_db "SELECT product, COUNT(*) AS loans,
  SUM(CASE WHEN status = 'defaulted' THEN 1 ELSE 0 END) AS defaulted
  FROM loans GROUP BY product ORDER BY defaulted DESC" --format table

  run "SQLite: what insurance claims cost" \
    query insurance_db "SELECT p.product, COUNT(*) AS claims, ROUND(SUM(c.amount_paid), 2) AS paid
  FROM policies p JOIN claims c ON c.policy_id = p.policy_id GROUP BY p.product ORDER BY paid DESC" --format table

  run "MongoDB: how risky the customers are, in SQL" \
    query compliance_db "SELECT rating, COUNT(*) AS customers FROM risk_ratings GROUP BY rating ORDER BY customers DESC" \
    --format table

  run "Parquet files: the last rates of the year" \
    query rates_db "SELECT currency, rate FROM exchange_rates WHERE quoted_on = '2025-12-31' ORDER BY currency" \
    --format table

  run "A join within one datasource, of customers and staff" \
    query customer_db "SELECT e.name AS manager, COUNT(*) AS customers
  FROM customers c JOIN employees_db.employees e ON e.employee_id = c.relationship_manager_id
  GROUP BY e.name ORDER BY customers DESC, e.name LIMIT 5" --format table

  refuse "A join across two engines: refused, with where each database is" \
    "Cannot query across different datasources" \
    query customer_db "SELECT c.name, a.balance FROM customers c
  JOIN accounts_db.accounts a ON a.customer_id = c.customer_id"

  local database
  for database in customer_db accounts_db loans_db insurance_db compliance_db; do
    refuse "A write to $database: refused, as everywhere" "read" query "$database" "CREATE TABLE forged (id INTEGER)"
  done
  printf '\nThat was the demo, and its servers are gone. demo/mixed is its configuration.\n'
}
