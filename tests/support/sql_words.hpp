#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold::test {

enum class word_kind {
    name,    ///< a key word or a name without quotes
    quoted,  ///< "a name"
    text,    ///< 'a text', also E'', B'', X'', U&'' and $tag$ $tag$
    number,
    parameter,  ///< $1
    sign,       ///< an operator, a bracket, a comma, a semicolon
};

/// One word of a statement. Comments and space are none.
struct sql_word {
    word_kind kind{word_kind::name};
    std::string_view text{};  ///< as it stands in the statement, whose life it shares
    std::string plain{};      ///< upper case for names and signs; without its quotes for `quoted`
    std::size_t at{0};        ///< of its first byte in the statement
    std::size_t depth{0};     ///< how many brackets are open around it; a bracket is outside itself

    std::size_t end() const noexcept { return at + text.size(); }
    /// Is it this key word or sign, in upper case?
    bool is(std::string_view word) const noexcept {
        return (kind == word_kind::name || kind == word_kind::sign) && plain == word;
    }
    bool names() const noexcept { return kind == word_kind::name || kind == word_kind::quoted; }
};

/// The words of `sql`, one statement or several. What ends too early ends with its text.
/// Source: PostgreSQL's chapter "Lexical Structure"; standard_conforming_strings is on.
std::vector<sql_word> words_of(std::string_view sql);

/// `sql` cut at its semicolons; empty statements are left out.
std::vector<std::string_view> statements_of(std::string_view sql);

/// What a statement is for the transaction that it is in.
enum class statement_kind {
    other,
    begins,   ///< a transaction of several statements
    commits,  ///< its end
    drops,    ///< its other end
    changes,  ///< rows; without a BEGIN before it, it is committed by itself
};

statement_kind kind_of(const std::vector<sql_word>& statement) noexcept;
statement_kind kind_of(std::string_view statement);

}  // namespace leasehold::test
