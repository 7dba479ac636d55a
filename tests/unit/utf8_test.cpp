#include "penstock/utf8.hpp"

#include <string>

#include <gtest/gtest.h>

namespace penstock {
namespace {

// Encodes any number up to 21 bits, surrogates too, in `length` bytes.
std::string encode(unsigned code, int length) {
  if (length == 1) return {static_cast<char>(code)};
  std::string out(static_cast<std::size_t>(length), '\0');
  for (int i = length - 1; i > 0; --i, code >>= 6)
    out[static_cast<std::size_t>(i)] = static_cast<char>(0x80 | (code & 0x3F));
  out[0] = static_cast<char>((0xFF00U >> length) | code);
  return out;
}

int shortest(unsigned code) {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

TEST(Utf8, AcceptsEveryScalarValueAndNothingElse) {
  for (unsigned code = 0; code < 0x120000; ++code) {
    const bool scalar = code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
    ASSERT_EQ(is_valid_utf8("ab" + encode(code, shortest(code)) + "cdefghijkl"), scalar) << std::hex << code;
  }
}

TEST(Utf8, RefusesOverlongForms) {
  for (unsigned code = 0; code < 0x10000; ++code) {
    for (int length = shortest(code) + 1; length <= 4; ++length) {
      ASSERT_FALSE(is_valid_utf8(encode(code, length))) << std::hex << code << " in " << length;
    }
  }
}

TEST(Utf8, RefusesWhatIsCutOrStray) {
  const std::string whole = "long ascii before \xF0\x9F\x98\x80";
  EXPECT_TRUE(is_valid_utf8(whole));
  for (std::size_t cut = 1; cut < 4; ++cut)
    EXPECT_FALSE(is_valid_utf8(whole.substr(0, whole.size() - cut))) << cut;
  EXPECT_FALSE(is_valid_utf8("12345678\x80"));
  EXPECT_FALSE(is_valid_utf8("\xFF"));
  EXPECT_FALSE(is_valid_utf8("\xE2\x82(12345678"));
  EXPECT_TRUE(is_valid_utf8(""));
  EXPECT_TRUE(is_valid_utf8(std::string_view("\0", 1)));
}

}  // namespace
}  // namespace penstock
