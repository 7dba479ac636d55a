// PostgreSQL over TLS: certificates that fit, and those that do not.
#include <fstream>
#include <memory>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "integration/postgresql_site.hpp"
#include "servers/scratch.hpp"

namespace penstock::test {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Memory = std::unique_ptr<BIO, decltype(&BIO_free)>;

struct Pem {
  std::string certificate;
  std::string key;
};

std::string text_of(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return {data, static_cast<std::size_t>(size)};
}

// A certificate for `name`, signed by itself.
Pem make_certificate(const std::string& name) {
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), &EVP_PKEY_free);
  const Certificate certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), subject);
  if (X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0) throw std::runtime_error("no certificate");
  const Memory out(BIO_new(BIO_s_mem()), &BIO_free);
  const Memory secret(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_X509(out.get(), certificate.get());
  PEM_write_bio_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return {text_of(out.get()), text_of(secret.get())};
}

class PostgresqlTls : public PostgresqlTest {
 protected:
  void SetUp() override {
    PostgresqlTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    const Pem pem = make_certificate("localhost");
    site().cluster().put_file("server.crt", pem.certificate);
    site().cluster().put_file("server.key", pem.key);
    site().cluster().run("ALTER SYSTEM SET ssl = on");
    site().cluster().restart();
    trusted_ = write("trusted.pem", pem.certificate);
    other_ = write("other.pem", make_certificate("localhost").certificate);
  }
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    const auto path = folder_.path() / name;
    std::ofstream(path) << text;
    return path.string();
  }

  const ScratchFolder folder_{"penstock-tls-"};
  std::string trusted_;
  std::string other_;
};

TEST_F(PostgresqlTls, CarriesQueriesLargeAndSmallBothWays) {
  configure({.connection = {{"host", "localhost"}, {"sslmode", "verify-full"}, {"sslrootcert", trusted_}}});
  EXPECT_EQ(answer("SELECT count(*) FROM people"), "3");
  EXPECT_EQ(site().cluster().value("SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) "
                                   "WHERE application_name = 'penstock'"),
            "t");
  const std::string large(20'000'000, 'x');
  EXPECT_EQ(answer("SELECT length($1::text)", {large}), "20000000");
  EXPECT_EQ(query("SELECT repeat('y', 20000000)").data[0][0].to_text().size(), 20'000'000U);
  const QueryResult rows = query("SELECT i, repeat('z', 50) FROM generate_series(1, 200000) i");
  ASSERT_TRUE(rows.success) << rows.error;
  EXPECT_EQ(rows.row_count, 200'000);
  EXPECT_EQ(query("SELECT count(*) FROM (SELECT generate_series(1, 9223372036854775807)) s", {},
                  {.timeout = std::chrono::milliseconds(100)})
                .code,
            ErrorCode::timeout);
  site().cluster().restart();
  EXPECT_EQ(answer("SELECT count(*) FROM people"), "3") << "a session that the server closed is noticed";
}

TEST_F(PostgresqlTls, ACertificateThatDoesNotFitIsRefused) {
  configure({.connection = {{"host", "localhost"}, {"sslmode", "verify-ca"}, {"sslrootcert", other_}}});
  EXPECT_EQ(query("SELECT 1").code, ErrorCode::unavailable);
  configure({.connection = {{"host", "127.0.0.1"}, {"sslmode", "verify-full"}, {"sslrootcert", trusted_}}});
  EXPECT_EQ(query("SELECT 1").code, ErrorCode::unavailable) << "the certificate is for localhost";
  configure({.connection = {{"host", "127.0.0.1"}, {"sslmode", "verify-ca"}, {"sslrootcert", trusted_}}});
  EXPECT_EQ(answer("SELECT 1"), "1");
}

TEST_F(PostgresqlTls, IsRequiredWhenAskedFor) {
  site().cluster().run("ALTER SYSTEM SET ssl = off");
  site().cluster().restart();
  configure({.connection = {{"sslmode", "require"}}});
  EXPECT_EQ(query("SELECT 1").code, ErrorCode::unavailable);
  configure({.connection = {{"sslmode", "prefer"}}});
  EXPECT_EQ(answer("SELECT 1"), "1");
}

}  // namespace
}  // namespace penstock::test
