// What a statement's words are, so that nothing in a text or a comment passes for one.

#include "tests/support/sql_words.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace leasehold {
namespace {

using test::word_kind;

std::vector<std::string> texts_in(std::string_view sql) {
    std::vector<std::string> texts;
    for (const auto& word : test::words_of(sql)) {
        texts.emplace_back(word.text);
    }
    return texts;
}

word_kind kind_of_first(std::string_view sql) { return test::words_of(sql).at(0).kind; }

using list = std::vector<std::string>;

TEST(SqlWords, TextsAreOneWordHoweverTheyAreQuoted) {
    EXPECT_EQ(texts_in("'a ''b'' -- c'"), list{"'a ''b'' -- c'"});
    EXPECT_EQ(texts_in(R"(E'a\'b' x)"), (list{R"(E'a\'b')", "x"}));
    EXPECT_EQ(texts_in(R"('a\' x)"), (list{R"('a\')", "x"})) << "no escapes in a plain one";
    EXPECT_EQ(texts_in("$$ LISTEN 'x $$ y"), (list{"$$ LISTEN 'x $$", "y"}));
    EXPECT_EQ(texts_in("$f$ a $$ b $f$"), list{"$f$ a $$ b $f$"});
    EXPECT_EQ(texts_in("U&'a' b'01' X'ff'"), (list{"U&'a'", "b'01'", "X'ff'"}));
    EXPECT_EQ(kind_of_first("$$a$$"), word_kind::text);
    EXPECT_EQ(kind_of_first("n'a'"), word_kind::text);
}

TEST(SqlWords, CommentsAreNoWordsAndLieInEachOther) {
    EXPECT_EQ(texts_in("a -- b 'c\n d /* e /* f */ g */ h"), (list{"a", "d", "h"}));
    EXPECT_EQ(texts_in("a-/*b*/-1"), (list{"a", "-", "-", "1"}));
    EXPECT_TRUE(texts_in("/* never ends").empty());
    EXPECT_TRUE(texts_in("-- alone").empty());
}

TEST(SqlWords, NamesParametersNumbersAndSigns) {
    EXPECT_EQ(
        texts_in("a.b$1::int8<>$12+1.5e-3,t@i"),
        (list{"a", ".", "b$1", "::", "int8", "<>", "$12", "+", "1.5e-3", ",", "t", "@", "i"}));
    EXPECT_EQ(texts_in("secs => 5"), (list{"secs", "=>", "5"}));
    EXPECT_EQ(texts_in(R"("a "" b".c)"), (list{R"("a "" b")", ".", "c"}));
    EXPECT_EQ(kind_of_first("$12"), word_kind::parameter);
    EXPECT_EQ(kind_of_first("\"LISTEN\""), word_kind::quoted);
    EXPECT_FALSE(test::words_of("\"LISTEN\"").at(0).is("LISTEN"));
    EXPECT_TRUE(test::words_of("listen").at(0).is("LISTEN"));
}

TEST(SqlWords, KnowHowDeepInBracketsTheyAre) {
    std::vector<std::size_t> depths;
    for (const auto& word : test::words_of("a (b [c] d) e) f")) {
        depths.push_back(word.depth);
    }
    EXPECT_EQ(depths, (std::vector<std::size_t>{0, 0, 1, 1, 2, 1, 1, 0, 0, 0, 0}));
}

TEST(SqlWords, StatementsEndAtSemicolonsOnly) {
    EXPECT_EQ(test::statements_of("a; 'b;c' ;; /* ; */ d"),
              (std::vector<std::string_view>{"a", " 'b;c' ", " /* ; */ d"}));
    EXPECT_TRUE(test::statements_of(" ; -- nothing").empty());
}

TEST(SqlWords, AStatementIsForItsTransactionWhatItsFirstWordSays) {
    using enum test::statement_kind;
    EXPECT_EQ(test::kind_of("/* COMMIT */ begin"), begins);
    EXPECT_EQ(test::kind_of("START TRANSACTION"), begins);
    EXPECT_EQ(test::kind_of("commit"), commits);
    EXPECT_EQ(test::kind_of("ROLLBACK"), drops);
    EXPECT_EQ(test::kind_of("ROLLBACK TO SAVEPOINT s"), other);
    EXPECT_EQ(test::kind_of("WITH a AS (SELECT) UPDATE t SET n = 1"), changes);
    EXPECT_EQ(test::kind_of("WITH a AS (DELETE FROM t RETURNING 1) SELECT"), changes);
    EXPECT_EQ(test::kind_of("INSERT INTO t VALUES (1)"), changes);
    EXPECT_EQ(test::kind_of("SELECT 1 FROM t FOR UPDATE"), other);
    EXPECT_EQ(test::kind_of("SELECT 'INSERT INTO t'"), other);
    EXPECT_EQ(test::kind_of("CREATE TABLE t (n int REFERENCES u ON DELETE CASCADE)"), other);
    EXPECT_EQ(test::kind_of(""), other);
}

}  // namespace
}  // namespace leasehold
