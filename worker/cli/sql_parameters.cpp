#include "worker/cli/sql_parameters.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/utf8_text.hpp"

namespace leasehold {
namespace {

struct parameter_words {
    sql_parameter parameter;
    std::string_view name;
    std::string_view type;
};

constexpr std::array<parameter_words, 5> known_parameters{{
    {sql_parameter::id, "id", "uuid"},
    {sql_parameter::payload, "payload", "jsonb"},
    {sql_parameter::stdout_text, "stdout", "text"},
    {sql_parameter::attempt, "attempt", "int"},
    {sql_parameter::claim_token, "token", "bigint"},
}};

std::string names_of(const std::vector<sql_parameter>& allowed) {
    std::string names;
    for (const parameter_words& words : known_parameters) {
        if (std::find(allowed.begin(), allowed.end(), words.parameter) != allowed.end()) {
            names += (names.empty() ? ":" : ", :") + std::string{words.name};
        }
    }
    return names.empty() ? "none" : names;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_line_end(char c) { return c == '\n' || c == '\r'; }

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\f' || c == '\v' || is_line_end(c); }

/// PostgreSQL's identifiers: any byte above 0x7F is a letter.
bool begins_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool continues_tag(char c) { return begins_word(c) || is_digit(c); }
bool continues_word(char c) { return continues_tag(c) || c == '$'; }

/// A ':' directly behind such a character, in brackets, divides the bounds of a slice.
bool ends_bound(char c) { return continues_word(c) || c == ')' || c == ']' || c == '"'; }

/// Reads a statement token by token and copies it, with the names replaced.
class sql_binder {
public:
    sql_binder(std::string_view sql, const std::vector<sql_parameter>& allowed)
        : sql_{sql}, allowed_{allowed} {}

    bound_sql bound() {
        if (sql_.find('\0') != std::string_view::npos) {
            throw std::invalid_argument{"the SQL has a NUL byte"};
        }
        while (at_ < sql_.size()) {
            const std::size_t begin = at_;
            if (skip_blanks_or_comment()) {
                copy_from(begin);
                continue;
            }
            if (ended_) {
                fail("more than one statement; only one can run per item", begin);
            }
            next_token();
        }
        if (!begun_) {
            throw std::invalid_argument{"the SQL has no statement"};
        }
        return {.text = std::move(text_), .parameters = std::move(parameters_)};
    }

private:
    [[noreturn]] void fail(const std::string& what, std::size_t where) const {
        const std::string_view before = sql_.substr(0, where);
        const auto lines = std::count(before.begin(), before.end(), '\n');
        throw std::invalid_argument{"SQL line " + std::to_string(lines + 1) + ": " + what};
    }

    [[noreturn]] void fail_unterminated(const std::string& thing, std::size_t where) const {
        fail("unterminated " + thing + " that begins with " +
                 quoted_excerpt(sql_.substr(where), 20),
             where);
    }

    char next(std::size_t ahead = 0) const {
        return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0';
    }

    void copy_from(std::size_t begin) { text_ += sql_.substr(begin, at_ - begin); }

    void next_token() {
        const std::size_t begin = at_;
        const char c = next();
        if (c == ';') {
            ended_ = true;
            ++at_;
            copy_from(begin);
            return;
        }
        begun_ = true;
        if (c == ':') {
            colon();
            return;
        }
        if (c == '\'' || c == '"') {
            skip_quoted();
        } else if (c == '$') {
            dollar();
        } else if (begins_word(c)) {
            word();
        } else {
            bracket_depth_ += c == '[' ? 1 : 0;
            bracket_depth_ -= c == ']' && bracket_depth_ > 0 ? 1 : 0;
            ++at_;
        }
        copy_from(begin);
    }

    /// @return  whether there was something to skip
    bool skip_blanks_or_comment() {
        const std::size_t begin = at_;
        while (is_blank(next())) {
            ++at_;
        }
        if (next() == '-' && next(1) == '-') {
            while (at_ < sql_.size() && !is_line_end(next())) {
                ++at_;
            }
        } else if (next() == '/' && next(1) == '*') {
            skip_block_comment();
        }
        return at_ != begin;
    }

    void skip_block_comment() {
        const std::size_t begin = at_;
        std::size_t depth = 0;
        do {
            if (at_ >= sql_.size()) {
                fail_unterminated("comment", begin);
            }
            const std::string_view pair = sql_.substr(at_, 2);
            if (pair == "/*") {
                ++depth;
            } else if (pair == "*/") {
                --depth;
            }
            at_ += pair == "/*" || pair == "*/" ? 2 : 1;
        } while (depth > 0);
    }

    /// Moves over '...' or "..."; a doubled quote inside is two texts side by side, as good as
    /// one.
    void skip_quoted() {
        const char quote = next();
        const std::size_t end = sql_.find(quote, at_ + 1);
        if (end == std::string_view::npos) {
            fail_unterminated(quote == '"' ? "identifier" : "string", at_);
        }
        at_ = end + 1;
    }

    /// Moves over the '...' of an E'...' string. A string that goes on after a line end, which SQL
    /// reads as one string, keeps its escapes.
    void skip_escaped_string() {
        bool goes_on = true;
        while (goes_on) {
            const std::size_t begin = at_;
            ++at_;
            while (next() != '\'') {
                at_ += next() == '\\' ? 2 : 1;
                if (at_ >= sql_.size()) {
                    fail_unterminated("string", begin);
                }
            }
            ++at_;
            goes_on = next() == '\'' || take_continuation();
        }
    }

    /// Moves over blanks and -- comments with a line end among them, if a quote comes next.
    bool take_continuation() {
        const std::size_t begin = at_;
        bool line_end = false;
        while (is_blank(next()) || (next() == '-' && next(1) == '-')) {
            const std::size_t skipped = at_;
            skip_blanks_or_comment();
            const std::string_view blanks = sql_.substr(skipped, at_ - skipped);
            line_end = line_end || blanks.find_first_of("\r\n") != std::string_view::npos;
        }
        const bool goes_on = line_end && next() == '\'';
        at_ = goes_on ? at_ : begin;
        return goes_on;
    }

    void word() {
        const std::size_t begin = at_;
        while (continues_word(next())) {
            ++at_;
        }
        const std::string_view word = sql_.substr(begin, at_ - begin);
        if ((word == "E" || word == "e") && next() == '\'') {
            skip_escaped_string();
        }
    }

    void dollar() {
        const std::size_t begin = at_;
        ++at_;
        if (is_digit(next())) {
            while (is_digit(next())) {
                ++at_;
            }
            fail("the placeholder " + std::string{sql_.substr(begin, at_ - begin)} +
                     " has no value; write a name: " + names_of(allowed_),
                 begin);
        }
        if (begins_word(next()) || next() == '$') {
            while (continues_tag(next())) {
                ++at_;
            }
            if (next() != '$') {
                return;
            }
            ++at_;
            const std::string_view quote = sql_.substr(begin, at_ - begin);
            const std::size_t end = sql_.find(quote, at_);
            if (end == std::string_view::npos) {
                fail_unterminated("string", begin);
            }
            at_ = end + quote.size();
        }
    }

    void colon() {
        const std::size_t begin = at_;
        ++at_;
        while (next() == ':') {
            ++at_;
        }
        const bool cast = at_ - begin > 1;
        const bool slice = bracket_depth_ > 0 && begin > 0 && ends_bound(sql_[begin - 1]);
        if (cast || slice || !begins_word(next())) {
            copy_from(begin);
            return;
        }
        while (continues_word(next())) {
            ++at_;
        }
        use(sql_.substr(begin + 1, at_ - begin - 1), begin);
    }

    /// Puts the placeholder for `name`, which stands at `where` behind its ':', into the text.
    void use(std::string_view name, std::size_t where) {
        const auto words =
            std::find_if(known_parameters.begin(), known_parameters.end(),
                         [name](const parameter_words& known) { return known.name == name; });
        if (words == known_parameters.end()) {
            fail("unknown parameter " + quoted_excerpt(":" + std::string{name}) +
                     "; here are: " + names_of(allowed_),
                 where);
        }
        if (std::find(allowed_.begin(), allowed_.end(), words->parameter) == allowed_.end()) {
            fail("the parameter :" + std::string{name} +
                     " has no value here; here are: " + names_of(allowed_),
                 where);
        }
        // Appended: g++ 12 warns wrongly (-Wrestrict) of "$" + std::to_string(...).
        std::string placeholder = "$";
        placeholder += std::to_string(number_of(words->parameter));
        placeholder += "::";
        placeholder += words->type;
        // "x:id" must not become the word "x$1".
        const bool touches = !text_.empty() && continues_word(text_.back());
        text_ += touches ? " " : "";
        text_ += followed_by_subscript() ? "(" + placeholder + ")" : placeholder;
    }

    /// The n of $n.
    std::size_t number_of(sql_parameter parameter) {
        const auto found = std::find(parameters_.begin(), parameters_.end(), parameter);
        const auto index = static_cast<std::size_t>(found - parameters_.begin());
        if (found == parameters_.end()) {
            parameters_.push_back(parameter);
        }
        return index + 1;
    }

    bool followed_by_subscript() const {
        const std::size_t next_one = sql_.find_first_not_of(" \t\n\r\f\v", at_);
        return next_one != std::string_view::npos && sql_[next_one] == '[';
    }

    std::string_view sql_;
    const std::vector<sql_parameter>& allowed_;
    std::string text_;
    std::vector<sql_parameter> parameters_;
    std::size_t at_{0};
    std::size_t bracket_depth_{0};
    bool begun_{false};
    bool ended_{false};
};

}  // namespace

bound_sql bind_sql(std::string_view sql, const std::vector<sql_parameter>& allowed) {
    return sql_binder{sql, allowed}.bound();
}

}  // namespace leasehold
