#include "server/http_encoding.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

namespace penstock::server {
namespace {

TEST(HttpEncoding, GzipIsUsedWhereTheClientAsksForIt) {
  for (const std::string_view accepted :
       {"gzip", "GZIP", "deflate, gzip", "gzip;q=1.0", "gzip; q=0.001", "*", "br;q=1, *;q=0.1", "x-gzip",
        "identity;q=0.5, gzip;q=0.5", "gzip ,br", "\tgzip\t"})
    EXPECT_TRUE(accepts_gzip(accepted)) << accepted;
  for (const std::string_view refused :
       {"", "identity", "br", "gzip;q=0", "gzip;q=0.000", "*;q=0", "gzip;q=0, *", "identity, gzip;q=0.5",
        "gzipped", "gzip;x=1", "gzip;q=x", ";", ",,"})
    EXPECT_FALSE(accepts_gzip(refused)) << refused;
}

TEST(HttpEncoding, TextIsWorthCompressing) {
  for (const std::string_view type :
       {"application/json", "Application/JSON; charset=utf-8", "text/csv", "text/markdown",
        "application/problem+json", "application/x-ndjson", "application/vnd.apache.arrow.stream"})
    EXPECT_TRUE(is_compressible(type)) << type;
  for (const std::string_view type : {"", "text/event-stream", "text/event-stream; charset=utf-8",
                                      "image/png", "application/octet-stream", "application/gzip", "text/"})
    EXPECT_FALSE(is_compressible(type)) << type;
}

std::string gunzip(std::string_view bytes, bool& ended) {
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  std::string out(std::size_t{4} << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ended = inflate(&stream, Z_SYNC_FLUSH) == Z_STREAM_END;
  out.resize(out.size() - stream.avail_out);
  inflateEnd(&stream);
  return out;
}

TEST(HttpEncoding, WhatWasFlushedCanBeRead) {
  GzipStream stream;
  std::string packed;
  std::string plain;
  bool ended = false;
  // Bytes that do not compress, so that the output is longer than any guess.
  std::uint32_t random = 1;
  for (int i = 0; i < 20; ++i) {
    std::string piece;
    for (int j = 0; j < i * 1000; ++j)
      piece += static_cast<char>((random = random * 1'664'525 + 1'013'904'223) >> 24);
    plain += piece;
    packed += stream.flush(piece);
    EXPECT_EQ(gunzip(packed, ended), plain);
    EXPECT_FALSE(ended);
  }
  packed += stream.finish("end");
  EXPECT_EQ(gunzip(packed, ended), plain + "end");
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace penstock::server
