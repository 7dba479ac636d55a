// `roles` and `settings` of a datasource.
#include <gmock/gmock.h>

#include "unit/config_fixture.hpp"

namespace penstock::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string postgresql(std::string_view body) {
  return "datasources:\n  one:\n    type: postgresql\n    databases: [a_db]\n" + std::string(body);
}

TEST(Identities, AreReadInBothForms) {
  ConfigFolder folder;
  folder.write("datasources.yaml", postgresql("    roles:\n"
                                              "      default: app_reader\n"
                                              "      auditor: {role: app_auditor, privileged: true}\n"
                                              "      tenant: '${ROLE:app_tenant}'\n"
                                              "    settings: [app.user_id, 'request.jwt.claims']\n"));
  const auto loaded = load(folder);
  ASSERT_TRUE(loaded) << mistakes(folder).front();
  const DataSourceConfig& one = loaded->datasources.front();
  EXPECT_THAT(one.roles, ElementsAre(MappedRole{"default", "app_reader", false},
                                     MappedRole{"auditor", "app_auditor", true},
                                     MappedRole{"tenant", "app_tenant", false}));
  EXPECT_THAT(one.query_settings, ElementsAre("app.user_id", "request.jwt.claims"));
}

TEST(Identities, SayWhatIsWrongWithThem) {
  struct Case {
    std::string_view body;
    std::string_view mistake;
  };
  for (const Case& one : {
           Case{"    roles: []\n", "`roles` must be a map"},
           Case{"    roles: {}\n", "found an empty one"},
           Case{"    roles: {a: none}\n", "must be the name of a role"},
           Case{"    roles: {a: ''}\n", "must be the name of a role"},
           Case{"    roles: {a: {privileged: true}}\n", "needs its `role`"},
           Case{"    roles: {a: {role: b, priviliged: true}}\n", "did you mean `privileged`?"},
           Case{"    roles: {'a b': c}\n", "the name of a role must be"},
           Case{"    roles: {a: [b]}\n", "found a list"},
           Case{"    settings: app.user_id\n", "`settings` must be a list"},
           Case{"    settings: [search_path]\n", "such as `app.user_id`"},
           Case{"    settings: [role]\n", "such as `app.user_id`"},
           Case{"    settings: [App.user]\n", "such as `app.user_id`"},
           Case{"    settings: [app.]\n", "such as `app.user_id`"},
           Case{"    settings: [.app]\n", "such as `app.user_id`"},
           Case{"    settings: [app..id]\n", "such as `app.user_id`"},
           Case{"    settings: [app.1]\n", "such as `app.user_id`"},
           Case{"    settings: [app.x, app.x]\n", "listed twice"},
       }) {
    ConfigFolder folder;
    folder.write("datasources.yaml", postgresql(one.body));
    EXPECT_THAT(mistakes(folder), ElementsAre(HasSubstr(std::string(one.mistake)))) << one.body;
  }
}

TEST(Identities, AreNoKeysOfATypeThatHasNoRoles) {
  ConfigFolder folder;
  folder.write("datasources.yaml",
               "datasources:\n  one:\n    type: sqlite\n    databases: [a_db]\n    connection: {path: x}\n"
               "    roles: {a: b}\n    settings: [app.user_id]\n");
  EXPECT_THAT(mistakes(folder), ElementsAre(HasSubstr("6:5: `roles` is not supported"),
                                            HasSubstr("7:5: `settings` is not supported")));
}

}  // namespace
}  // namespace penstock::config
