// A certificate and its key for tests of TLS.
#pragma once

#include <filesystem>

namespace penstock::test {

/// A self-signed certificate of localhost with this serial number, and its key, in two files of the folder,
/// certificate.pem and key.pem, that appear at once.
void write_tls_pair(const std::filesystem::path& folder, long serial);

}  // namespace penstock::test
