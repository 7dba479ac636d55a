#include "demo/names.hpp"

#include <array>
#include <iterator>
#include <vector>

namespace penstock::demo {

namespace {

constexpr Name kDutchGiven[] = {
    {"Daan", "daan"},   {"Sanne", "sanne"}, {"Bram", "bram"},     {"Fleur", "fleur"}, {"Zoë", "zoe"},
    {"Thijs", "thijs"}, {"Lotte", "lotte"}, {"Jeroen", "jeroen"}, {"Anouk", "anouk"}, {"Pieter", "pieter"},
    {"Chloé", "chloe"}, {"Noah", "noah"},   {"Femke", "femke"},   {"Ruben", "ruben"}, {"Marijke", "marijke"}};
constexpr Name kDutchFamily[] = {
    {"de Vries", "devries"},        {"Janssen", "janssen"},   {"van Dijk", "vandijk"},
    {"Bakker", "bakker"},           {"Visser", "visser"},     {"Smit", "smit"},
    {"Meijer", "meijer"},           {"de Boer", "deboer"},    {"Mulder", "mulder"},
    {"van den Berg", "vandenberg"}, {"Hendriks", "hendriks"}, {"Coşkun", "coskun"},
    {"Brouwer", "brouwer"},         {"Dekker", "dekker"}};
constexpr Name kGermanGiven[] = {{"Jürgen", "juergen"},
                                 {"Anna", "anna"},
                                 {"Lukas", "lukas"},
                                 {"Käthe", "kaethe"},
                                 {"Björn", "bjoern"},
                                 {"Sophie", "sophie"},
                                 {"Maximilian", "maximilian"},
                                 {"Greta", "greta"},
                                 {"Felix", "felix"},
                                 {"Hannah", "hannah"},
                                 {"Jörg", "joerg"},
                                 {"Leonie", "leonie"},
                                 {"Emre", "emre"},
                                 {"Ulrike", "ulrike"}};
constexpr Name kGermanFamily[] = {{"Müller", "mueller"},   {"Schmidt", "schmidt"}, {"Weber", "weber"},
                                  {"Schäfer", "schaefer"}, {"Köhler", "koehler"},  {"Wagner", "wagner"},
                                  {"Groß", "gross"},       {"Krüger", "krueger"},  {"Vogel", "vogel"},
                                  {"Yılmaz", "yilmaz"},    {"Neumann", "neumann"}, {"Lehmann", "lehmann"},
                                  {"Böhm", "boehm"}};
constexpr Name kFrenchGiven[] = {{"Léa", "lea"},           {"Hugo", "hugo"},       {"Amélie", "amelie"},
                                 {"François", "francois"}, {"Camille", "camille"}, {"Jérôme", "jerome"},
                                 {"Inès", "ines"},         {"Théo", "theo"},       {"Margaux", "margaux"},
                                 {"Yacine", "yacine"},     {"Élodie", "elodie"},   {"Luc", "luc"}};
constexpr Name kFrenchFamily[] = {{"Martin", "martin"},     {"Lefèvre", "lefevre"},    {"Dubois", "dubois"},
                                  {"Moreau", "moreau"},     {"Benoît", "benoit"},      {"Garnier", "garnier"},
                                  {"Gauthier", "gauthier"}, {"d'Aubigné", "daubigne"}, {"Nguyễn", "nguyen"},
                                  {"Rousseau", "rousseau"}, {"Lemaître", "lemaitre"},  {"Diallo", "diallo"}};
constexpr Name kSpanishGiven[] = {{"José", "jose"},     {"Lucía", "lucia"},   {"Íñigo", "inigo"},
                                  {"Carmen", "carmen"}, {"Álvaro", "alvaro"}, {"Sofía", "sofia"},
                                  {"Martín", "martin"}, {"Nuria", "nuria"},   {"Andrés", "andres"},
                                  {"Paula", "paula"},   {"Iker", "iker"}};
constexpr Name kSpanishFamily[] = {{"García", "garcia"}, {"Fernández", "fernandez"},   {"Muñoz", "munoz"},
                                   {"Núñez", "nunez"},   {"López", "lopez"},           {"Ibáñez", "ibanez"},
                                   {"Romero", "romero"}, {"Etxeberria", "etxeberria"}, {"Peña", "pena"},
                                   {"Vidal", "vidal"},   {"Castaño", "castano"}};
constexpr Name kPolishGiven[] = {
    {"Łukasz", "lukasz"}, {"Agnieszka", "agnieszka"},   {"Michał", "michal"}, {"Zofia", "zofia"},
    {"Paweł", "pawel"},   {"Małgorzata", "malgorzata"}, {"Jakub", "jakub"},   {"Elżbieta", "elzbieta"},
    {"Оксана", "oksana"}, {"Krzysztof", "krzysztof"},   {"Hanna", "hanna"}};
constexpr Name kPolishFamily[] = {{"Nowak", "nowak"},
                                  {"Kowalski", "kowalski"},
                                  {"Wiśniewski", "wisniewski"},
                                  {"Wójcik", "wojcik"},
                                  {"Zieliński", "zielinski"},
                                  {"Szymański", "szymanski"},
                                  {"Dąbrowski", "dabrowski"},
                                  {"Kaczmarek", "kaczmarek"},
                                  {"Шевченко", "shevchenko"},
                                  {"Król", "krol"},
                                  {"Żak", "zak"}};
constexpr Name kIrishGiven[] = {{"Aoife", "aoife"},     {"Seán", "sean"},     {"Niamh", "niamh"},
                                {"Conor", "conor"},     {"Róisín", "roisin"}, {"Liam", "liam"},
                                {"Siobhán", "siobhan"}, {"Grace", "grace"},   {"Oisín", "oisin"},
                                {"Priya", "priya"},     {"Wei", "wei"},       {"明", "ming"}};
constexpr Name kIrishFamily[] = {{"Murphy", "murphy"},
                                 {"O'Brien", "obrien"},
                                 {"Kelly", "kelly"},
                                 {"Ó Súilleabháin", "osuilleabhain"},
                                 {"Byrne", "byrne"},
                                 {"Walsh", "walsh"},
                                 {"O'Connor", "oconnor"},
                                 {"Doyle", "doyle"},
                                 {"Patel", "patel"},
                                 {"McCarthy", "mccarthy"},
                                 {"李", "li"},
                                 {"Gallagher", "gallagher"}};

constexpr City kDutchCities[] = {
    {"Amsterdam", "Noord-Holland", "10"}, {"Rotterdam", "Zuid-Holland", "30"},
    {"Utrecht", "Utrecht", "35"},         {"Eindhoven", "Noord-Brabant", "56"},
    {"Groningen", "Groningen", "97"},     {"'s-Hertogenbosch", "Noord-Brabant", "52"}};
constexpr City kGermanCities[] = {{"Berlin", nullptr, "101"},
                                  {"Hamburg", nullptr, "203"},
                                  {"München", "Bayern", "803"},
                                  {"Köln", "Nordrhein-Westfalen", "506"},
                                  {"Leipzig", "Sachsen", "041"}};
constexpr City kFrenchCities[] = {{"Paris", "Île-de-France", "750"},
                                  {"Lyon", "Auvergne-Rhône-Alpes", "690"},
                                  {"Lille", "Hauts-de-France", "590"},
                                  {"Besançon", "Bourgogne-Franche-Comté", "250"}};
constexpr City kSpanishCities[] = {{"Madrid", "Madrid", "280"},
                                   {"Barcelona", "Cataluña", "080"},
                                   {"A Coruña", "Galicia", "150"},
                                   {"Málaga", "Andalucía", "290"}};
constexpr City kPolishCities[] = {{"Warszawa", "Mazowieckie", "000"},
                                  {"Kraków", "Małopolskie", "300"},
                                  {"Wrocław", "Dolnośląskie", "500"},
                                  {"Gdańsk", "Pomorskie", "800"}};
constexpr City kIrishCities[] = {
    {"Dublin", nullptr, "D0"}, {"Cork", nullptr, "T1"}, {"Galway", nullptr, "H9"}};

constexpr const char* kDutchStreets[] = {"Keizersgracht", "Dorpsstraat", "Kerkstraat", "Lindenlaan",
                                         "Stationsweg"};
constexpr const char* kGermanStreets[] = {"Hauptstraße", "Gartenweg", "Bahnhofstraße", "Goethestraße",
                                          "Am Mühlbach"};
constexpr const char* kFrenchStreets[] = {"Rue de la République", "Avenue Victor Hugo", "Rue des Écoles",
                                          "Quai Nord"};
constexpr const char* kSpanishStreets[] = {"Calle Mayor", "Avenida de la Constitución", "Calle del Río",
                                           "Plaza Nueva"};
constexpr const char* kPolishStreets[] = {"ulica Długa", "ulica Lipowa", "aleja Niepodległości",
                                          "ulica Krótka"};
constexpr const char* kIrishStreets[] = {"Main Street", "Harbour Road", "Church Lane", "Oak Park",
                                         "St. Brigid's Terrace"};

const std::array<Country, 6> kCountries{{
    {"NL", "+31", 38, kDutchGiven, kDutchFamily, kDutchCities, kDutchStreets, false},
    {"DE", "+49", 22, kGermanGiven, kGermanFamily, kGermanCities, kGermanStreets, false},
    {"FR", "+33", 14, kFrenchGiven, kFrenchFamily, kFrenchCities, kFrenchStreets, true},
    {"ES", "+34", 10, kSpanishGiven, kSpanishFamily, kSpanishCities, kSpanishStreets, false},
    {"PL", "+48", 9, kPolishGiven, kPolishFamily, kPolishCities, kPolishStreets, false},
    {"IE", "+353", 7, kIrishGiven, kIrishFamily, kIrishCities, kIrishStreets, true},
}};

constexpr Name kTrades[] = {
    {"Logistics", "logistics"},     {"Bakery", "bakery"},     {"Consulting", "consulting"},
    {"Engineering", "engineering"}, {"Foods", "foods"},       {"Architects", "architects"},
    {"Dental Practice", "dental"},  {"& Sons", "sons"},       {"Software", "software"},
    {"Garden Centre", "gardens"},   {"Textiles", "textiles"}, {"Café", "cafe"}};

}  // namespace

std::span<const Country> countries() noexcept {
  return kCountries;
}

std::size_t draw_country(Random& random) noexcept {
  std::array<int, kCountries.size()> weights{};
  for (std::size_t i = 0; i < weights.size(); ++i)
    weights[i] = kCountries[i].weight;
  return random.weighted(weights);
}

Person draw_person(Random& random, const Country& country) {
  const Country& family_from = random.chance(60) ? kCountries[draw_country(random)] : country;
  const Name& given = random.one_of(country.given);
  const Name& family = random.one_of(family_from.family);
  Person person;
  person.name = std::string(given.written) + " " + family.written;
  person.mailbox = std::string(given.ascii) + "." + family.ascii;
  return person;
}

Person draw_business(Random& random, const Country& country) {
  const Name& family = random.one_of(country.family);
  const Name& trade = random.one_of(kTrades);
  Person business;
  business.name = std::string(family.written) + " " + trade.written;
  business.mailbox = std::string(family.ascii) + "-" + trade.ascii;
  return business;
}

std::string draw_street(Random& random, const Country& country) {
  const std::string street = random.one_of(country.streets);
  const std::string number = std::to_string(random.shaped({{0, 1}, {700, 60}, {1000, 240}}));
  return country.number_first ? number + " " + street : street + " " + number;
}

std::string draw_postal_code(Random& random, const City& city) {
  std::string code = city.postal_prefix;
  while (code.size() < 5)
    code += static_cast<char>('0' + random.below(10));
  return code;
}

std::string draw_phone(Random& random, const Country& country) {
  std::string phone = std::string(country.dialling) + " 555 ";
  for (int i = 0; i < 6; ++i)
    phone += static_cast<char>('0' + random.below(10));
  return phone;
}

}  // namespace penstock::demo
