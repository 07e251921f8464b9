#include "tests/support/sql_words.hpp"

#include <algorithm>
#include <cctype>

namespace leasehold::test {

namespace {

bool among(char c, std::string_view those) { return those.find(c) != std::string_view::npos; }
bool is_space(char c) { return among(c, " \t\n\r\f\v"); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_name(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}
bool goes_on_name(char c) { return begins_name(c) || is_digit(c) || c == '$'; }

std::string upper(std::string_view text) {
    std::string result{text};
    std::transform(result.begin(), result.end(), result.begin(), [](char c) {
        return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    });
    return result;
}

/// Finds where each kind of thing that begins at a place ends.
class reader {
public:
    explicit reader(std::string_view sql) : sql_(sql) {}

    std::vector<sql_word> words() {
        std::vector<sql_word> found;
        while (skip_space()) {
            auto word = next();
            if (word.is(")") || word.is("]")) {
                depth_ -= std::min<std::size_t>(depth_, 1);
            }
            word.depth = depth_;
            if (word.is("(") || word.is("[")) {
                ++depth_;
            }
            found.push_back(std::move(word));
        }
        return found;
    }

private:
    char at(std::size_t place) const { return place < sql_.size() ? sql_[place] : '\0'; }
    bool has(std::string_view text) const { return sql_.substr(at_, text.size()) == text; }

    /// @return whether anything comes after it
    bool skip_space() {
        while (at_ < sql_.size()) {
            if (is_space(sql_[at_])) {
                ++at_;
            } else if (has("--")) {
                at_ = std::min(sql_.find('\n', at_), sql_.size());
            } else if (has("/*")) {
                skip_comment();
            } else {
                return true;
            }
        }
        return false;
    }

    /// Comments of this kind lie in each other.
    void skip_comment() {
        std::size_t open = 0;
        do {
            const bool begins = has("/*");
            const bool ends = has("*/");
            open += begins ? 1 : 0;
            open -= ends ? 1 : 0;
            at_ += begins || ends ? 2 : 1;
        } while (open > 0 && at_ < sql_.size());
    }

    sql_word next() {
        const char c = sql_[at_];
        if (const auto quote = quote_after_prefix(); quote != std::string_view::npos) {
            const bool escapes = c == 'e' || c == 'E';
            return taken(word_kind::text, end_of_quoted(quote, escapes));
        }
        if (begins_name(c)) {
            return taken(word_kind::name, end_while(goes_on_name));
        }
        if (c == '"') {
            return taken(word_kind::quoted, end_of_quoted(at_, false));
        }
        if (c == '$' && is_digit(at(at_ + 1))) {
            ++at_;
            const auto end = end_while(is_digit);
            --at_;
            return taken(word_kind::parameter, end);
        }
        if (c == '$') {
            return dollar_text();
        }
        if (is_digit(c) || (c == '.' && is_digit(at(at_ + 1)))) {
            return taken(word_kind::number, end_of_number());
        }
        return taken(word_kind::sign, end_of_sign());
    }

    /// Where the quote of a text is that begins here, perhaps behind one of the letters for it.
    std::size_t quote_after_prefix() const {
        if (at(at_) == '\'') {
            return at_;
        }
        if (among(at(at_), "eEbBxXnN") && at(at_ + 1) == '\'') {
            return at_ + 1;
        }
        const bool unicode = among(at(at_), "uU") && at(at_ + 1) == '&' && at(at_ + 2) == '\'';
        return unicode ? at_ + 2 : std::string_view::npos;
    }

    std::size_t end_of_quoted(std::size_t quote, bool escapes) const {
        const char mark = sql_[quote];
        for (auto i = quote + 1; i < sql_.size(); ++i) {
            if (sql_[i] == '\\' && escapes) {
                ++i;
            } else if (sql_[i] == mark && at(i + 1) == mark) {
                ++i;
            } else if (sql_[i] == mark) {
                return i + 1;
            }
        }
        return sql_.size();
    }

    sql_word dollar_text() {
        auto end = at_ + 1;
        while (end < sql_.size() && sql_[end] != '$' && goes_on_name(sql_[end])) {
            ++end;
        }
        if (at(end) != '$') {
            return taken(word_kind::sign, at_ + 1);
        }
        const auto tag = sql_.substr(at_, end + 1 - at_);
        const auto close = sql_.find(tag, end + 1);
        return taken(word_kind::text,
                     close == std::string_view::npos ? sql_.size() : close + tag.size());
    }

    std::size_t end_of_number() const {
        auto end = at_;
        while (end < sql_.size() && (goes_on_name(sql_[end]) || sql_[end] == '.')) {
            const bool exponent = among(sql_[end], "eE") && among(at(end + 1), "+-");
            end += exponent ? 2 : 1;
        }
        return end;
    }

    std::size_t end_of_sign() const {
        constexpr std::string_view operators = "+-*/<>=~!@#%^&|`?";
        if (has("::") || has(":=")) {
            return at_ + 2;
        }
        auto end = at_ + 1;
        if (!among(sql_[at_], operators)) {
            return end;
        }
        while (end < sql_.size() && among(sql_[end], operators) && sql_.substr(end, 2) != "--" &&
               sql_.substr(end, 2) != "/*") {
            ++end;
        }
        return end;
    }

    template <class Is>
    std::size_t end_while(Is is) const {
        auto end = at_;
        while (end < sql_.size() && is(sql_[end])) {
            ++end;
        }
        return end;
    }

    sql_word taken(word_kind kind, std::size_t end) {
        sql_word word{.kind = kind, .text = sql_.substr(at_, end - at_), .at = at_};
        if (kind == word_kind::quoted && word.text.size() >= 2) {
            word.plain = word.text.substr(1, word.text.size() - 2);
        } else {
            word.plain = kind == word_kind::name ? upper(word.text) : std::string{word.text};
        }
        at_ = end;
        return word;
    }

    std::string_view sql_;
    std::size_t at_{0};
    std::size_t depth_{0};
};

}  // namespace

std::vector<sql_word> words_of(std::string_view sql) { return reader{sql}.words(); }

std::vector<std::string_view> statements_of(std::string_view sql) {
    std::vector<std::string_view> found;
    std::size_t begin = 0;
    bool has_words = false;
    const auto cut = [&](std::size_t end) {
        if (has_words) {
            found.push_back(sql.substr(begin, end - begin));
        }
        has_words = false;
        begin = end + 1;
    };
    for (const auto& word : words_of(sql)) {
        if (word.is(";") && word.depth == 0) {
            cut(word.at);
        } else {
            has_words = true;
        }
    }
    cut(sql.size());
    return found;
}

statement_kind kind_of(const std::vector<sql_word>& statement) noexcept {
    if (statement.empty()) {
        return statement_kind::other;
    }
    const auto& first = statement.front();
    const auto any = [&](auto is) { return std::any_of(statement.begin(), statement.end(), is); };
    if (first.is("BEGIN") || first.is("START")) {
        return statement_kind::begins;
    }
    if (first.is("COMMIT") || first.is("END")) {
        return statement_kind::commits;
    }
    if (first.is("ROLLBACK") || first.is("ABORT")) {
        const bool partly = any([](const sql_word& word) { return word.is("TO"); });
        return partly ? statement_kind::other : statement_kind::drops;
    }
    const bool changes =
        (first.is("WITH") || first.is("INSERT") || first.is("UPDATE") || first.is("DELETE")) &&
        any([&](const sql_word& word) {
            // Not the UPDATE of FOR UPDATE or ON CONFLICT DO UPDATE.
            const bool leads =
                &word == statement.data() || (&word - 1)->is("(") || (&word - 1)->is(")");
            return leads && (word.is("INSERT") || word.is("UPDATE") || word.is("DELETE"));
        });
    return changes ? statement_kind::changes : statement_kind::other;
}

statement_kind kind_of(std::string_view statement) { return kind_of(words_of(statement)); }

}  // namespace leasehold::test
