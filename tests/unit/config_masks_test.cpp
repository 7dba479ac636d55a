// `mask` and `mask_secret` of a datasource.
#include <gmock/gmock.h>

#include "unit/config_fixture.hpp"

namespace penstock::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string postgresql(std::string_view body) {
  return "datasources:\n  one:\n    type: postgresql\n    databases: [a_db]\n" + std::string(body);
}

TEST(Masks, AreReadByDatabaseTableAndColumn) {
  ConfigFolder folder;
  folder.write("datasources.yaml", postgresql("    mask_secret: '${SECRET}'\n"
                                              "    mask:\n"
                                              "      a_db:\n"
                                              "        people:\n"
                                              "          email: hash\n"
                                              "          phone: {partial: {first: 2, last: 4}}\n"
                                              "          birth: null\n"
                                              "          name: 'null'\n"
                                              "          rating: {constant: 0}\n"
                                              "        overview: {}\n"));
  const Environment variables{{"SECRET", "sixteen bytes or more"}};
  const auto loaded = load(folder, variables);
  ASSERT_TRUE(loaded) << mistakes(folder, variables).front();
  const DataSourceConfig& one = loaded->datasources.front();
  EXPECT_EQ(one.mask_secret.reveal(), "sixteen bytes or more");
  ASSERT_EQ(one.masks.size(), 2U);
  EXPECT_EQ(one.masks[0].database, "a_db");
  EXPECT_EQ(one.masks[0].table, "people");
  EXPECT_THAT(one.masks[0].columns,
              ElementsAre(ColumnMask{.column = "email", .rule = MaskRule::hash},
                          ColumnMask{.column = "phone", .rule = MaskRule::partial, .first = 2, .last = 4},
                          ColumnMask{.column = "birth"}, ColumnMask{.column = "name"},
                          ColumnMask{.column = "rating", .rule = MaskRule::constant, .constant = "0"}));
  EXPECT_TRUE(one.masks[1].columns.empty());
}

TEST(Masks, SayWhatIsWrongWithThem) {
  struct Case {
    std::string_view body;
    std::string_view mistake;
  };
  for (const Case& one : {
           Case{"    mask: []\n", "`mask` must be a map of logical databases"},
           Case{"    mask: {b_db: {}}\n", "is none of the datasource's `databases`"},
           Case{"    mask: {a_db: []}\n", "must be a map of tables"},
           Case{"    mask: {a_db: {t: }}\n", "must be a map of columns"},
           Case{"    mask: {a_db: {pg_x: {}}}\n", "does not begin with `pg_`"},
           Case{"    mask: {a_db: {t: {c: hashed}}}\n", "must be `null`, `hash`"},
           Case{"    mask: {a_db: {t: {c: {hash: 1}}}}\n", "the mask of a column must be"},
           Case{"    mask: {a_db: {t: {c: {partial: 3}}}}\n", "must be a map with `first` and `last`"},
           Case{"    mask: {a_db: {t: {c: {partial: {frist: 3}}}}}\n", "did you mean `first`?"},
           Case{"    mask: {a_db: {t: {c: {partial: {first: -1}}}}}\n", "0 to 1000"},
           Case{"    mask: {a_db: {t: {c: hash}}}\n", "needs a `mask_secret`"},
           Case{"    mask_secret: short\n", "must have 16 bytes or more"},
       }) {
    ConfigFolder folder;
    folder.write("datasources.yaml", postgresql(one.body));
    EXPECT_THAT(mistakes(folder), ElementsAre(HasSubstr(std::string(one.mistake)))) << one.body;
  }
}

TEST(Masks, AreNoKeysOfATypeThatCannotMask) {
  ConfigFolder folder;
  folder.write("datasources.yaml",
               "datasources:\n  one:\n    type: sqlite\n    databases: [a_db]\n    connection: {path: x}\n"
               "    mask: {a_db: {t: {c: null}}}\n");
  EXPECT_THAT(mistakes(folder),
              ElementsAre(HasSubstr("6:5: `mask` is not supported by datasources of the type `sqlite`")));
}

}  // namespace
}  // namespace penstock::config
