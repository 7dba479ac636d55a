// A year of money in and out of every account.
#include <algorithm>
#include <array>
#include <string_view>

#include "demo/bank.hpp"

namespace penstock::demo {

namespace {

constexpr std::int64_t kCents = 100;

struct Spending {
  const char* category;
  int weight;
  std::int64_t typical;        // cents
  std::array<int, 12> season;  // per cent of an average month, January first
  std::array<const char*, 3> shops;
};
constexpr std::array<Spending, 8> kSpending{{
    {"groceries",
     40,
     3200,
     {97, 94, 97, 98, 99, 98, 97, 96, 99, 101, 103, 121},
     {"Groenmarkt", "Fresh & Near", "Biohof Linde"}},
    {"restaurants",
     18,
     2600,
     {84, 92, 96, 100, 106, 110, 112, 108, 101, 97, 96, 98},
     {"Café Zuid", "Trattoria Nonna", "Sushi Nord"}},
    {"transport",
     12,
     1900,
     {101, 100, 103, 101, 100, 96, 84, 82, 104, 108, 109, 112},
     {"Metroline", "RideNow", "Fuelpoint"}},
    {"travel",
     4,
     31'000,
     {70, 74, 86, 98, 112, 138, 164, 148, 96, 78, 66, 70},
     {"Sky Harbour Air", "Hotel Meridiaan", "Nordrail"}},
    {"clothing",
     8,
     5900,
     {112, 78, 92, 98, 97, 95, 106, 86, 101, 98, 112, 125},
     {"Atelier Rosa", "Wolf & Wool", "Stride"}},
    {"electronics",
     5,
     18'500,
     {86, 80, 88, 87, 88, 90, 92, 91, 97, 96, 152, 153},
     {"Voltage", "Pixelhuis", "Soundbase"}},
    {"health",
     7,
     3400,
     {110, 108, 104, 98, 96, 93, 90, 90, 98, 104, 106, 103},
     {"Apotheek Centraal", "Optik Klar", "Dr. Lindqvist"}},
    {"leisure",
     6,
     2900,
     {90, 92, 96, 98, 102, 108, 114, 112, 98, 94, 92, 104},
     {"Kino Astor", "Climb Hall", "Boekhandel Pagina"}},
}};
constexpr std::array kEmployers{"Stadtwerke Nord",    "Universiteit Oost",    "Hafen Logistik AG",
                                "Clinique Saint-Luc", "Brightwater Software", "Molenaar Bouw",
                                "Zakłady Odra",       "Regional Council"};
constexpr std::array kClients{"Invoice payment", "Marketplace payout", "Customer settlement", "Tax refund"};
constexpr std::array kLandlords{"Wohnbau Süd", "Stadsherstel", "Habitat Lumière", "Casa Nueva"};
constexpr std::array kUtilities{"Energie West", "AquaPlus", "FibraNet"};

/// The months of 2025 in which an account was open for all the month, as numbers from `first` to `last`; none
/// when `first` is greater.
struct OpenMonths {
  unsigned first;
  unsigned last;
};
OpenMonths open_months(Day from, Day to) {
  const Day first_day = day(2025, month_of(from), 1);
  const unsigned first = from == first_day ? month_of(from) : month_of(from) + 1;
  const unsigned last = to == kToday ? 12 : month_of(to) - 1;
  return {first, last};
}

/// The entries of one account, drawn kind by kind and in any order.
class AccountYear {
 public:
  AccountYear(const Bank& bank, std::size_t account)
      : account_(bank.accounts[account]),
        holder_(bank.customers[account_.customer]),
        index_(account),
        from_(std::max(account_.opened, kFirstDay)),
        to_(account_.closed.value_or(kToday)) {}

  /// In time order, with no balance below what the overdraft allows: what would break it is left out.
  std::vector<Transaction> draw(Random& random) {
    if (to_ < kFirstDay) return {};
    draw_opening(random);
    if (!holder_.dormant) {
      if (is_current()) {
        draw_salary(random);
        draw_spending(random);
        draw_business(random);
      }
      draw_transfers(random);
    }
    draw_bank_entries();
    settle();
    return std::move(kept_);
  }

 private:
  [[nodiscard]] std::string_view kind() const { return products()[account_.product].kind; }
  [[nodiscard]] bool is_current() const { return kind() == "current"; }
  [[nodiscard]] Day draw_day(Random& random) const { return static_cast<Day>(random.between(from_, to_)); }

  Transaction& add(Second booked, const char* kind, std::int64_t amount) {
    Transaction entry;
    entry.account = index_;
    entry.booked = booked;
    entry.kind = kind;
    entry.amount = amount;
    drawn_.push_back(entry);
    return drawn_.back();
  }
  // Between two seconds of a day. The day comes second: what a call's arguments draw, each compiler draws in
  // an order of its own.
  [[nodiscard]] Second draw_moment(Random& random, std::int64_t from, std::int64_t to) const {
    const std::int64_t second = random.between(from, to);
    return at(draw_day(random), second);
  }

  void draw_opening(Random& random) {
    std::int64_t euros =
        random.shaped({{0, 5}, {250, 320}, {500, 1400}, {800, 6200}, {950, 28'000}, {1000, 140'000}});
    if (kind() == "savings") euros = euros * 3 + 200;
    if (holder_.business) euros *= 5;
    const std::int64_t cents = euros * kCents + random.below(100);
    if (account_.opened < kFirstDay) {
      add(at(kFirstDay, 0), "opening_balance", cents);
    } else {
      add(at(account_.opened, 34'200), "cash_deposit", std::min<std::int64_t>(cents, 900'000));
    }
  }

  void draw_salary(Random& random) {
    if (!holder_.salaried || account_.opened != holder_.joined) return;
    const char* employer = random.one_of(kEmployers);
    std::int64_t net = *holder_.income * 66 / 100 / 12 / kCents * kCents;
    const bool raised = random.chance(450);
    const bool thirteenth = random.chance(260);
    const bool rents = random.chance(280);
    const std::int64_t rent = net * random.between(22, 36) / 100 / 500 * 500;
    const char* landlord = random.one_of(kLandlords);
    const OpenMonths months = open_months(from_, to_);
    for (unsigned month = months.first; month <= months.last; ++month) {
      if (month == 4 && raised) net = net * 103 / 100 / kCents * kCents;
      const Second payday = at(last_working_day(month), 21'600);
      add(payday, "salary", month == 11 && thirteenth ? net * 2 : net).counterparty = employer;
      if (!rents) continue;
      Transaction& due = add(at(day(2025, month, 3), 25'200), "direct_debit", -rent);
      due.category = "housing";
      due.counterparty = landlord;
    }
  }

  void draw_spending(Random& random) {
    const std::int64_t busy = holder_.salaried ? 12 : 0;
    const std::int64_t wanted = busy + random.shaped({{0, 0}, {500, 1}, {850, 5}, {970, 24}, {1000, 140}});
    const std::int64_t payments = wanted * (to_ - from_ + 1) / 365;
    std::array<int, kSpending.size()> weights{};
    for (std::size_t i = 0; i < weights.size(); ++i)
      weights[i] = kSpending[i].weight;
    for (std::int64_t count = 0; count < payments; ++count) {
      const Spending& spending = kSpending[random.weighted(weights)];
      Day drawn = draw_day(random);
      // The season decides how many of the drawn days stand; the strongest month keeps them all.
      while (random.below(165) >= spending.season[month_of(drawn) - 1])
        drawn = draw_day(random);
      const std::int64_t percent = random.shaped({{0, 12}, {500, 80}, {900, 210}, {1000, 640}});
      const Second when = at(drawn, random.shaped({{0, 25'000}, {500, 54'000}, {1000, 82'800}}));
      if (random.chance(110)) {
        Transaction& cash = add(when, "cash_withdrawal", -random.between(1, 12) * 2000);
        cash.card = account_.debit_card;
        continue;
      }
      if (!account_.debit_card) continue;
      Transaction& payment =
          add(when, "card_payment", -std::max<std::int64_t>(spending.typical * percent / 100, 150));
      payment.category = spending.category;
      payment.counterparty = random.one_of(spending.shops);
      payment.card = account_.debit_card;
    }
  }

  void draw_business(Random& random) {
    if (!holder_.business) return;
    const std::int64_t size = *holder_.income / 400;
    const std::int64_t payments = random.shaped({{0, 2}, {700, 9}, {950, 40}, {1000, 90}});
    for (std::int64_t count = 0; count < payments; ++count) {
      const std::int64_t amount = size * random.between(20, 180) / 100;
      const bool in = random.chance(560);
      Transaction& entry = add(draw_moment(random, 28'800, 64'800), in ? "transfer_in" : "transfer_out",
                               in ? amount : -amount);
      entry.counterparty = random.one_of(kClients);
    }
    // Takings paid in at the counter; the largest are what money-laundering rules look for.
    for (std::int64_t count = random.shaped({{0, 0}, {800, 0}, {950, 4}, {1000, 16}}); count > 0; --count) {
      const std::int64_t takings = random.shaped({{0, 300}, {700, 2600}, {940, 9400}, {1000, 26'000}});
      add(draw_moment(random, 32'400, 59'400), "cash_deposit", takings * kCents);
    }
  }

  void draw_transfers(Random& random) {
    const std::int64_t transfers = random.shaped({{0, 0}, {600, 1}, {900, 3}, {1000, 9}});
    for (std::int64_t count = 0; count < transfers; ++count) {
      const std::int64_t amount = random.shaped({{0, 500}, {500, 9000}, {900, 60'000}, {1000, 900'000}});
      const bool in = random.chance(kind() == "savings" ? 640 : 470);
      add(draw_moment(random, 21'600, 82'800), in ? "transfer_in" : "transfer_out", in ? amount : -amount);
    }
    if (!is_current() || !random.chance(90)) return;
    const char* utility = random.one_of(kUtilities);
    const std::int64_t amount = random.between(20, 190) * kCents;
    const OpenMonths months = open_months(from_, to_);
    for (unsigned month = months.first; month <= months.last; month += 3) {
      Transaction& due = add(at(day(2025, month, 15), 25'800), "direct_debit", -amount);
      due.category = "utilities";
      due.counterparty = utility;
    }
  }

  void draw_bank_entries() {
    const Product& product = products()[account_.product];
    if (to_ != kToday) return;
    if (product.annual_fee > 0 && from_ < day(2025, 12, 1)) {
      add(at(day(2025, 12, 1), 3600), "fee", -product.annual_fee);
    }
    // On the balance of the last day; settle() knows it.
    if (product.rate > 0) add(at(kToday, 86'340), "interest", product.rate);
  }

  void settle() {
    std::ranges::stable_sort(drawn_, {}, &Transaction::booked);
    std::int64_t balance = 0;
    for (Transaction& entry : drawn_) {
      if (entry.kind == std::string_view("interest")) {
        entry.amount = balance * entry.amount / 100'000 * (to_ - from_ + 1) / 365;
      }
      if (entry.amount == 0 || (entry.amount < 0 && balance + entry.amount < -account_.overdraft)) continue;
      balance += entry.amount;
      entry.balance_after = balance;
      kept_.push_back(entry);
    }
    if (to_ == kToday || balance == 0) return;
    // A closed account is paid out, or made good, at its end.
    Transaction last;
    last.account = index_;
    last.booked = std::max(at(to_, 86'000), kept_.back().booked);
    last.kind = balance > 0 ? "transfer_out" : "transfer_in";
    last.amount = -balance;
    kept_.push_back(last);
  }

  const Account& account_;
  const Customer& holder_;
  std::size_t index_;
  Day from_;
  Day to_;
  std::vector<Transaction> drawn_;
  std::vector<Transaction> kept_;
};

}  // namespace

void make_transactions(Bank& bank) {
  Random random("transactions");
  for (std::size_t index = 0; index < bank.accounts.size(); ++index) {
    const std::vector<Transaction> year = AccountYear(bank, index).draw(random);
    if (year.empty()) continue;
    bank.accounts[index].balance = year.back().balance_after;
    bank.transactions.insert(bank.transactions.end(), year.begin(), year.end());
  }
  // By time; the entries of one account keep their order.
  std::ranges::stable_sort(bank.transactions, {}, &Transaction::booked);
}

}  // namespace penstock::demo
