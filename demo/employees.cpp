// The bank's own people, and where they work.
#include <algorithm>
#include <array>
#include <string_view>

#include "demo/bank.hpp"
#include "demo/names.hpp"

namespace penstock::demo {

namespace {

constexpr std::size_t kEmployees = 640;
constexpr std::int64_t kCents = 100;

struct Department {
  const char* id;
  const char* name;
  const char* parent;  // null at the top
  int weight;          // how many of the staff, relative to the others
  std::array<const char*, 3> titles;
};

// Parents before their children; the teams in the order of Team.
constexpr std::array<Department, 14> kDepartments{{
    {"DEP-01", "Executive Board", nullptr, 4, {"Board Member", "Board Secretary", "Chief of Staff"}},
    {"DEP-02", "Retail Banking", "DEP-01", 8, {"Product Manager", "Process Analyst", "Planner"}},
    {"DEP-03", "Wealth and Business", "DEP-01", 8, {"Product Manager", "Process Analyst", "Planner"}},
    {"DEP-04", "Branch Network", "DEP-02", 240, {"Teller", "Customer Adviser", "Branch Manager"}},
    {"DEP-05", "Contact Centre", "DEP-02", 90, {"Service Agent", "Senior Service Agent", "Shift Lead"}},
    {"DEP-06",
     "Private Banking",
     "DEP-03",
     30,
     {"Relationship Manager", "Wealth Adviser", "Portfolio Specialist"}},
    {"DEP-07",
     "Business Banking",
     "DEP-03",
     40,
     {"Account Manager", "Credit Analyst", "Cash Management Specialist"}},
    {"DEP-08", "Lending", "DEP-02", 45, {"Loan Officer", "Mortgage Adviser", "Collections Specialist"}},
    {"DEP-09", "Insurance", "DEP-03", 40, {"Claims Adjuster", "Underwriter", "Policy Administrator"}},
    {"DEP-10", "Compliance", "DEP-01", 45, {"KYC Analyst", "AML Investigator", "Sanctions Specialist"}},
    {"DEP-11", "Technology", "DEP-01", 70, {"Software Engineer", "Database Administrator", "Service Owner"}},
    {"DEP-12", "Finance", "DEP-01", 25, {"Controller", "Accountant", "Treasury Analyst"}},
    {"DEP-13", "Human Resources", "DEP-01", 15, {"HR Partner", "Recruiter", "Payroll Specialist"}},
    {"DEP-14", "Marketing", "DEP-01", 20, {"Campaign Manager", "Content Editor", "Market Analyst"}},
}};

constexpr const char* kCourses[] = {"Anti-money-laundering basics", "Data protection", "Conduct and ethics",
                                    "Information security", "Responsible lending"};

/// The head of a department has the department's own number, its parent's head for a manager.
std::optional<std::size_t> head_above(std::size_t department) {
  const char* parent = kDepartments[department].parent;
  if (parent == nullptr) return std::nullopt;
  const auto found =
      std::ranges::find(kDepartments, std::string_view(parent),
                        [](const Department& candidate) { return std::string_view(candidate.id); });
  return static_cast<std::size_t>(found - kDepartments.begin());
}

Employee draw_employee(Random& random, std::size_t number) {
  const bool head = number < kDepartments.size();
  std::array<int, kDepartments.size()> weights{};
  for (std::size_t i = 0; i < weights.size(); ++i)
    weights[i] = kDepartments[i].weight;
  const std::size_t department = head ? number : random.weighted(weights);

  Employee employee;
  const Person person = draw_person(random, countries()[draw_country(random)]);
  employee.id = numbered("EMP-", 4, static_cast<std::int64_t>(number) + 1);
  employee.name = person.name;
  employee.email = person.mailbox + std::to_string(number + 1) + "@aldermark.example";
  employee.department = department;
  employee.manager = head ? head_above(department) : department;
  const std::size_t level = random.weighted({60, 32, 8});
  if (head) {
    employee.title =
        department == 0 ? "Chief Executive" : std::string("Head of ") + kDepartments[department].name;
  } else {
    employee.title = kDepartments[department].titles[level];
  }
  employee.hired =
      kToday - static_cast<Day>(random.shaped({{0, 20}, {500, 1900}, {900, 5200}, {1000, 9800}}));
  if (!head && random.chance(90)) {
    employee.left = static_cast<Day>(random.between(employee.hired + 15, kToday));
  }
  const std::int64_t base = random.shaped({{0, 31'000}, {500, 46'000}, {900, 68'000}, {1000, 98'000}});
  const std::int64_t grade = head ? 165 : 92 + 18 * static_cast<std::int64_t>(level);
  employee.salary = base * grade / 100 / 50 * 50 * kCents;
  return employee;
}

Table departments_table() {
  return {.name = "departments",
          .comment = "The bank's departments, as a tree below the Executive Board",
          .columns = {required("department_id", varchar(50), "Department number, such as DEP-05"),
                      required("name", varchar(100), "Name of the department"),
                      optional("parent_department_id", varchar(50),
                               "The department it belongs to; NULL for the Executive Board"),
                      required("cost_centre", integer(), "Number of its cost centre in the ledger",
                               "cost_centre > 0")},
          .primary_key = {"department_id"},
          .foreign_keys = {{"parent_department_id", "departments", "department_id"}},
          .indexes = {{{"name"}, true}},
          .rows = [](RowSink& sink) {
            for (std::int64_t cost_centre = 4100; const Department& department : kDepartments) {
              const Value parent = department.parent == nullptr ? Value() : Value(department.parent);
              sink.add({department.id, department.name, parent, cost_centre});
              cost_centre += 10;
            }
          }};
}

Table employees_table(const BankPtr& bank) {
  return {
      .name = "employees",
      .comment = "Everyone who works or worked for the bank; other databases refer to employee_id",
      .columns = {required("employee_id", varchar(50), "Personnel number, such as EMP-0042"),
                  required("name", varchar(200), "Full name"),
                  required("email", varchar(150), "Work e-mail address"),
                  required("department_id", varchar(50), "The department this person belongs to"),
                  optional("manager_id", varchar(50),
                           "employee_id of the line manager; NULL for the chief executive"),
                  required("job_title", varchar(100), "Job title"),
                  required("hired_on", date(), "First working day"),
                  optional("left_on", date(), "Last working day; NULL for someone still employed",
                           "left_on IS NULL OR left_on >= hired_on"),
                  required("annual_salary", money(), "Salary before tax, EUR a year", "annual_salary > 0"),
                  required("is_active", boolean(), "Whether the person is employed on 2025-12-31")},
      .primary_key = {"employee_id"},
      .foreign_keys = {{"department_id", "departments", "department_id"},
                       {"manager_id", "employees", "employee_id"}},
      .indexes = {{{"email"}, true}, {{"department_id"}, false}, {{"manager_id"}, false}},
      .rows = [bank](RowSink& sink) {
        for (const Employee& employee : bank->employees) {
          const Value manager = employee.manager ? Value(bank->employees[*employee.manager].id) : Value();
          const Value left = employee.left ? date_value(*employee.left) : Value();
          sink.add({employee.id, employee.name, employee.email, kDepartments[employee.department].id, manager,
                    employee.title, date_value(employee.hired), left, money_value(employee.salary),
                    !employee.left.has_value()});
        }
      }};
}

Table assignments_table(const BankPtr& bank) {
  return {.name = "branch_assignments",
          .comment = "Which branch an employee of the Branch Network works or worked in, and since when",
          .columns = {required("assignment_id", integer(), "Number of the assignment"),
                      required("employee_id", varchar(50), "The employee"),
                      required("branch_id", varchar(50), "The branch: accounts_db.branches.branch_id"),
                      choice("role", {"teller", "adviser", "manager"}, "Work there"),
                      required("assigned_from", date(), "First day in this branch"),
                      optional("assigned_to", date(), "Last day in this branch; NULL while it lasts",
                               "assigned_to IS NULL OR assigned_to >= assigned_from")},
          .primary_key = {"assignment_id"},
          .foreign_keys = {{"employee_id", "employees", "employee_id"}},
          .indexes = {{{"employee_id"}, false}, {{"branch_id"}, false}},
          .rows = [bank](RowSink& sink) {
            Random random("branch_assignments");
            std::int64_t number = 0;
            for (const Employee& employee : bank->employees) {
              if (employee.department != static_cast<std::size_t>(Team::branches)) continue;
              const Day until = employee.left.value_or(kToday);
              const bool moved = until - employee.hired > 900 && random.chance(350);
              const Day change =
                  moved ? static_cast<Day>(random.between(employee.hired + 300, until - 300)) : until;
              const char* role = std::array{"teller", "adviser", "manager"}[random.weighted({55, 35, 10})];
              const Value last = employee.left ? date_value(*employee.left) : Value();
              sink.add({++number, employee.id, random.one_of(bank->branches).id, role,
                        date_value(employee.hired), moved ? date_value(change) : last});
              if (!moved) continue;
              sink.add({++number, employee.id, random.one_of(bank->branches).id, role, date_value(change + 1),
                        last});
            }
          }};
}

Table trainings_table(const BankPtr& bank) {
  return {.name = "trainings",
          .comment = "Mandatory courses that employees have passed; each is valid for two years",
          .columns = {required("training_id", integer(), "Number of the record"),
                      required("employee_id", varchar(50), "Who passed"),
                      required("course", varchar(100), "Name of the course"),
                      required("passed_on", date(), "Day of the examination"),
                      required("valid_until", date(), "Day by which it must be repeated",
                               "valid_until > passed_on"),
                      optional("score", integer(), "Points out of 100; NULL for courses without a test",
                               "score IS NULL OR score BETWEEN 0 AND 100")},
          .primary_key = {"training_id"},
          .foreign_keys = {{"employee_id", "employees", "employee_id"}},
          .indexes = {{{"employee_id", "course"}, false}},
          .rows = [bank](RowSink& sink) {
            Random random("trainings");
            std::int64_t number = 0;
            for (const Employee& employee : bank->employees) {
              const Day last = employee.left.value_or(kToday);
              for (const char* course : kCourses) {
                if (random.chance(250)) continue;
                const Day passed = std::max<Day>(employee.hired, last - static_cast<Day>(random.below(900)));
                const Value score =
                    random.chance(200) ? Value() : Value(random.shaped({{0, 60}, {600, 88}, {1000, 100}}));
                sink.add({++number, employee.id, course, date_value(passed),
                          date_value(months_later(passed, 24)), score});
              }
            }
          }};
}

}  // namespace

void make_employees(Bank& bank) {
  Random random("employees");
  for (std::size_t number = 0; number < kEmployees; ++number) {
    bank.employees.push_back(draw_employee(random, number));
  }
}

Database employees_db(const BankPtr& bank) {
  return {
      .name = "employees_db",
      .tables = {departments_table(), employees_table(bank), assignments_table(bank), trainings_table(bank)},
      .views = {{.name = "current_staff",
                 .comment = "Those employed today, with the names of their department and their manager",
                 .query =
                     "SELECT e.employee_id, e.name, e.job_title, d.name AS department, m.name AS manager, "
                     "e.hired_on\n"
                     "FROM employees e\n"
                     "JOIN departments d ON d.department_id = e.department_id\n"
                     "LEFT JOIN employees m ON m.employee_id = e.manager_id\n"
                     "WHERE e.left_on IS NULL"}}};
}

}  // namespace penstock::demo
