#include "demo/bank.hpp"

namespace penstock::demo {

std::size_t Bank::draw_employee(Random& random, Team team) const {
  const auto department = static_cast<std::size_t>(team);
  std::size_t drawn = 0;
  do {
    drawn = static_cast<std::size_t>(random.below(static_cast<std::int64_t>(employees.size())));
  } while (employees[drawn].department != department);
  return drawn;
}

BankPtr make_bank() {
  auto bank = std::make_shared<Bank>();
  make_branches(*bank);
  make_employees(*bank);
  make_customers(*bank);
  make_accounts(*bank);
  make_transactions(*bank);
  return bank;
}

std::vector<Database> bank_databases() {
  const BankPtr bank = make_bank();
  return {customer_db(bank),  accounts_db(bank),   loans_db(bank),
          insurance_db(bank), compliance_db(bank), employees_db(bank)};
}

}  // namespace penstock::demo
