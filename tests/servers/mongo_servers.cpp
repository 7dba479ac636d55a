#include "servers/mongo_servers.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

#include <fcntl.h>
#include <mongoc/mongoc.h>
#include <sys/wait.h>
#include <unistd.h>

namespace penstock::test {

namespace {

const std::filesystem::path kJars = PENSTOCK_TEST_MONGO_SERVERS;

// The Java process, and the ends of its pipes that are ours.
class JavaProcess {
 public:
  JavaProcess() {
    std::array<int, 2> input{};
    std::array<int, 2> output{};
    if (pipe2(input.data(), O_CLOEXEC) != 0 || pipe2(output.data(), O_CLOEXEC) != 0)
      throw std::runtime_error("no pipe");
    const std::string path = kJars.string() + ":" + kJars.string() + "/*";
    const pid_t child = fork();
    if (child == 0) {
      dup2(input[0], STDIN_FILENO);
      dup2(output[1], STDOUT_FILENO);
      const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
      dup2(nowhere, STDERR_FILENO);
      execlp("java", "java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx2g", "-cp", path.c_str(),
             "MongoServers", nullptr);
      _exit(127);
    }
    close(input[0]);
    close(output[1]);
    process_ = child;
    to_ = fdopen(input[1], "w");
    from_ = fdopen(output[0], "r");
  }
  JavaProcess(const JavaProcess&) = delete;
  JavaProcess& operator=(const JavaProcess&) = delete;
  ~JavaProcess() {
    std::fclose(to_);  // which it ends at
    std::fclose(from_);
    waitpid(process_, nullptr, 0);
  }

  std::uint16_t start(const std::string& certificates = {}) {
    const std::lock_guard lock(mutex_);
    std::fprintf(to_, "new%s%s\n", certificates.empty() ? "" : " ", certificates.c_str());
    std::fflush(to_);
    unsigned port = 0;
    if (std::fscanf(from_, "%u", &port) != 1) throw std::runtime_error("mongo-java-server does not start");
    return static_cast<std::uint16_t>(port);
  }
  void stop(std::uint16_t port) {
    const std::lock_guard lock(mutex_);
    std::fprintf(to_, "stop %u\n", unsigned{port});
    std::fflush(to_);
  }

 private:
  std::mutex mutex_;
  pid_t process_ = 0;
  std::FILE* to_ = nullptr;
  std::FILE* from_ = nullptr;
};

JavaProcess& java() {
  static JavaProcess process;
  return process;
}

}  // namespace

std::string MongoServer::missing() {
  if (!std::filesystem::exists(kJars / "MongoServers.class"))
    return "no mongo-java-server in " + kJars.string() + " (run scripts/setup)";
  return {};
}

MongoServer::MongoServer() : port_(java().start()) {}
MongoServer::MongoServer(const std::filesystem::path& certificates)
    : port_(java().start(certificates.string())) {}
MongoServer::~MongoServer() {
  java().stop(port_);
}

struct MongoAdmin::State {
  mongoc_client_t* client = nullptr;
};

MongoAdmin::MongoAdmin(std::uint16_t port, const std::string& options) : state_(std::make_unique<State>()) {
  mongoc_init();
  const std::string uri =
      "mongodb://127.0.0.1:" + std::to_string(port) + "/?directConnection=true&" + options;
  state_->client = mongoc_client_new(uri.c_str());
  if (state_->client == nullptr) throw std::runtime_error("no client for " + uri);
}

MongoAdmin::~MongoAdmin() {
  mongoc_client_destroy(state_->client);
}

void MongoAdmin::run(std::string_view database, const bson_t& command) {
  bson_error_t error;
  if (!mongoc_client_command_simple(state_->client, std::string(database).c_str(), &command, nullptr, nullptr,
                                    &error))
    throw std::runtime_error(error.message);
}

void MongoAdmin::run(std::string_view database, std::string_view json) {
  static_cast<void>(ask(database, json));
}

std::string MongoAdmin::ask(std::string_view database, std::string_view json) {
  bson_error_t error;
  bson_t* command = bson_new_from_json(reinterpret_cast<const std::uint8_t*>(json.data()),
                                       static_cast<ssize_t>(json.size()), &error);
  if (command == nullptr) throw std::runtime_error(error.message);
  bson_t reply;
  const bool done = mongoc_client_command_simple(state_->client, std::string(database).c_str(), command,
                                                 nullptr, &reply, &error);
  bson_destroy(command);
  char* text = bson_as_canonical_extended_json(&reply, nullptr);
  std::string out(text);
  bson_free(text);
  bson_destroy(&reply);
  if (!done) throw std::runtime_error(error.message);
  return out;
}

}  // namespace penstock::test
