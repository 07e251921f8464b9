#pragma once

#include "tests/support/sql_words.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold::test {

/// A statement, its words, and what is to stand in place of some of them.
class rewrite {
public:
    explicit rewrite(std::string_view statement) : text_(statement), words_(words_of(statement)) {}

    const std::vector<sql_word>& words() const noexcept { return words_; }
    std::size_t size() const noexcept { return words_.size(); }
    bool is(std::size_t word, std::string_view what) const noexcept {
        return word < words_.size() && words_[word].is(what);
    }
    /// Do these words begin with word number `at`?
    bool are(std::size_t at, const std::vector<std::string_view>& what) const noexcept;

    /// Behind the bracket that begins with word number `at`; behind that word when none does.
    std::size_t behind_bracket(std::size_t at) const noexcept;

    /// What stands from word number `begin` up to, but not with, word number `end`; "" for none.
    std::string_view between(std::size_t begin, std::size_t end) const noexcept;

    /// Words from `begin` up to `end` become `text`; nothing of it may have been replaced before.
    /// With `begin == end`, `text` is put before word number `begin`.
    void put(std::size_t begin, std::size_t end, std::string text);

    bool changed() const noexcept { return !changes_.empty(); }
    std::string result() const;

private:
    struct change {
        std::size_t begin;
        std::size_t end;
        std::string text;
    };
    std::string_view text_;
    std::vector<sql_word> words_;
    std::vector<change> changes_{};
};

}  // namespace leasehold::test
