// Ways to reach a table of the server that a MariaDB 10.11 takes, or was seen to refuse for its grammar
// alone.
#include <array>

#include <gtest/gtest.h>

#include "unit/mysql_analysis_fixture.hpp"

namespace penstock::mysql::test {
namespace {

constexpr std::array kReaches{
    "SELECT Host,1e0FROM mysql.global_priv limit 1",
    "SELECT Host,0b1e1FROM mysql.global_priv limit 1",
    "SELECT ALL .5FROM mysql.global_priv limit 1",
    "SELECT DISTINCT/**/.5FROM mysql.global_priv limit 1",
    "SELECT Host FROM {x mysql.global_priv} limit 1",
    "SELECT 1e0UNION SELECT Priv FROM mysql.global_priv limit 2",

    "SELECT `name`.5FROM mysql.global_priv limit 1",
    "SELECT 1.FROM mysql.global_priv limit 1",
    "SELECT 1.e0FROM mysql.global_priv limit 1",

    "SELECT x'41'FROM mysql.global_priv limit 1",
    "SELECT N'a'FROM mysql.global_priv limit 1",

    "SELECT 0x41FROM mysql.global_priv limit 1",
    "SELECT 0x4FROM mysql.global_priv limit 1",
    "SELECT 0x4 FROM mysql.global_priv limit 1",
    "SELECT \\NFROM mysql.global_priv limit 1",
    "SELECT \\N FROM mysql.global_priv limit 1",
    "SELECT @@version.5FROM mysql.global_priv limit 1",
    "SELECT name FROM people p, {a {b mysql.global_priv}} limit 1",
    "SELECT 1 FROM (mysql.global_priv) limit 1",
    "SELECT 1 FROM people PARTITION (p0), mysql.global_priv limit 1",
    "SELECT 1 FROM people as p FORCE INDEX FOR JOIN (PRIMARY), mysql.global_priv limit 1",

    "SELECT SUBSTRING((SELECT Priv FROM mysql.global_priv limit 1) FROM 1 FOR 9)",
    "SELECT 1 FROM people WHERE id = ALL(TABLE mysql.global_priv)",
    "SELECT * FROM people FOR SYSTEM_TIME ALL, mysql.global_priv",
    "WITH mid (a) AS (SELECT Priv FROM mysql.global_priv) SELECT * FROM mid limit 1",
    "SELECT 1 FROM dual, mysql.global_priv limit 1",

    "SELECT 1 FROM people USE INDEX (), mysql.global_priv limit 1",
    "SELECT 1 FROM people ignore index for group by (primary) join mysql.global_priv limit 1",
    "(SELECT 1 FROM people) UNION (SELECT Priv FROM mysql.global_priv) limit 2",
    "SELECT JSON_VALUE('{}','$.a') FROM mysql.global_priv limit 1",
    "SELECT case 1 when 1 then 2 end from{x mysql.global_priv}limit 1",
    "SELECT 1 FROM people NATURAL JOIN{x mysql.global_priv}limit 1",
    "SELECT 1 FROM {x people}, mysql.global_priv limit 1",
    "SELECT 1 FROM {lateral mysql.global_priv} limit 1",
    "SELECT 1 FROM {`x` mysql.global_priv} limit 1",
    "SELECT 1 FROM {a.b mysql.global_priv} limit 1",
    "SELECT 1 FROM {if mysql.global_priv} limit 1",
    "SELECT 1 FROM {'x' mysql.global_priv} limit 1",
    "SELECT 1 FROM people p JOIN (people q, mysql.global_priv) limit 1",
    "SELECT 1 FROM people order by (select 1 from mysql.global_priv limit 1)",
    "SELECT group_concat(id order by id limit 1) FROM people, mysql.global_priv",
    "SELECT 1 FROM people p1 JOIN people p2 ON p1.id = (select max(id) from people limit 1), "
    "mysql.global_priv limit 1",
    "SELECT 1 FROM people WINDOW w AS (ORDER BY id), mysql.global_priv limit 1",
    "SELECT 1 FROM people FOR SYSTEM_TIME AS OF now(), mysql.global_priv limit 1",
    "SELECT 1 FROM people STRAIGHT_JOIN{x mysql.global_priv}limit 1",
    "SELECT 1 FROM people x JOIN mysql.global_priv USING (id) limit 1",
    "SELECT 1 UNION (SELECT 2 FROM people) UNION SELECT Priv FROM mysql.global_priv limit 3",

    "SELECT 1 FROM people WHERE 1 in(select 1 from(mysql.global_priv))",
    "SELECT 1 FROM people PERIOD, mysql.global_priv limit 1",
    "SELECT mysql.global_priv.Priv FROM mysql.global_priv limit 1",
    "SELECT json_arrayagg(Priv) FROM mysql.global_priv",
    "SELECT * FROM json_table((select Priv from mysql.global_priv limit 1), '$' columns(a varchar(99) "
    "path '$.plugin')) t",
    "SELECT 1 FROM people p, json_table('[1]', '$[*]' columns(x int path '$')) j, mysql.global_priv "
    "limit 1",
    "SELECT 1 FROM (people) , mysql.global_priv limit 1",
    "SELECT 1 FROM ((people)) , mysql.global_priv limit 1",
    "SELECT 1 FROM (people p JOIN people q) , mysql.global_priv limit 1",
    "SELECT 1 FROM (people p JOIN people q ON 1), (mysql.global_priv) limit 1",

    "SELECT extract(day from now()) FROM mysql.global_priv limit 1",
    "SELECT extract(day from (select max(Host) from mysql.global_priv))",
    "SELECT trim(leading from (select max(Host) from mysql.global_priv))",
    "SELECT position('a' in (select max(Host) from mysql.global_priv))",
    "SELECT trim((select 1) from Host) from mysql.global_priv limit 1",
    "SELECT mid(Host from 1) x, 1 FROM mysql.global_priv limit 1",
    "WITH trim AS (SELECT 1 a) SELECT * FROM trim JOIN (mysql.global_priv) limit 1",
    "SELECT 1 FROM people trim JOIN (people extract, mysql.global_priv) limit 1",
    "SELECT 1 FROM people a LEFT JOIN people b ON substr(a.name FROM 1)='a', mysql.global_priv limit 1",
    "SELECT 1 FROM people a LEFT JOIN people b ON (a.id, b.id) IN (SELECT 1, 2 FROM people WHERE 1), "
    "mysql.global_priv limit 1",
    "SELECT a.order FROM (SELECT 1 AS `order`) a, mysql.global_priv limit 1",
    "SELECT 1 FROM people a JOIN (SELECT 1 AS `limit`) l ON l.limit = 1, mysql.global_priv limit 1",
    "SELECT 1 FROM people a JOIN (SELECT 1 AS `limit`) l ON l . limit = 1, mysql.global_priv limit 1",
    "SELECT 1 FROM people a JOIN (SELECT 1 AS `limit`) l ON l./**/limit = 1, mysql.global_priv limit 1",
    "SELECT 1 FROM/*!*/mysql.global_priv limit 1",
    "SELECT/*!50000 1*/FROM mysql.global_priv limit 1",
    "SELECT 1 /*!100100FROM mysql.global_priv*/ limit 1",
    "SELECT 1 /*!50000FROM mysql.global_priv*/ limit 1",
    "SELECT 1 /*M!FROM mysql.global_priv*/ limit 1",
    "SELECT 1 /*! FROM mysql.global_priv */ limit 1",
    "SELECT 1 -- x\nFROM mysql.global_priv limit 1",
    "SELECT 1 --\tx\nFROM mysql.global_priv limit 1",
    "SELECT 1 #x\nFROM mysql.global_priv limit 1"};

TEST(MysqlAnalysisReach, NoneLeadsToTheServersTables) {
  for (const char* sql : kReaches)
    EXPECT_FALSE(analyze(sql)) << sql;
}

}  // namespace
}  // namespace penstock::mysql::test
