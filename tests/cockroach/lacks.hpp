#pragma once

#include "tests/support/sql_words.hpp"

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold::test {

/// A release of CockroachDB, as in 25.4.
struct cockroach_release {
    int year{25};
    int number{4};
    auto operator<=>(const cockroach_release&) const = default;
};

/// What a CockroachDB says to a statement that it cannot carry out.
struct cockroach_refusal {
    std::string sqlstate{};
    std::string what{};  ///< its message
};

/// Why a CockroachDB of `release` would refuse `statement`, of which there is one; nothing when no
/// reason is known. A mere look at its words: it knows neither tables nor types.
std::optional<cockroach_refusal> cockroach_lacks(std::string_view statement,
                                                 const cockroach_release& release = {});
std::optional<cockroach_refusal> cockroach_lacks(const std::vector<sql_word>& statement,
                                                 const cockroach_release& release);

/// Does `pattern` occur in `words`? A pattern is words with spaces between:
///   WORD  this key word, name or sign      ^    nothing before it
///   <>    any one name                      $    nothing after it
///   ()    a bracket with all that is in it  ...  anything, or nothing
///   !WORD not behind this word              ~WORD not before this word
///   *     as ..., but nothing of a bracket that was open before, and no half of one
bool has_words(const std::vector<sql_word>& words, std::string_view pattern);

}  // namespace leasehold::test
