// What one process wrote another reads, and what nobody wrote is named by file and line.

#include "worker/cli/history_reader.hpp"

#include <leasehold/work_events.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace leasehold {
namespace {

class HistoryReader : public testing::Test {
protected:
    ~HistoryReader() override { std::filesystem::remove(path); }

    heard_history read() { return read_histories({path}, "mail"); }
    std::string text() {
        std::ifstream in{path};
        std::ostringstream all;
        all << in.rdbuf();
        return all.str();
    }
    void put(const std::string& whole) { std::ofstream{path} << whole; }
    void append(const std::string& more) { std::ofstream{path, std::ios::app} << more; }
    std::string problem_of(const std::string& line) {
        put(opened + line + "\n" + opened_later);
        const auto heard = read();
        return heard.readable.holds() ? "" : heard.readable.examples.front();
    }

    const std::string path = (std::filesystem::temp_directory_path() /
                              ("leasehold-history-" + to_text(random_item_id())))
                                 .string();
    const std::string opened =
        R"({"event":"opened","wall_us":1,"steady_us":1,"queue":"mail","pid":1})"
        "\n";
    const std::string opened_later = R"({"event":"session_began","wall_us":1,"steady_us":1,)"
                                     R"("session":"7c5a3f8b-ebe6-449f-a2d7-562ecb1ee80c"})"
                                     "\n";
    const claim held{.held = {.id = random_item_id(), .part = {3}, .attempt = 2},
                     .session = random_session_id(),
                     .fence = {5}};
};

TEST_F(HistoryReader, ReadsWhatAWorkerWrites) {
    {
        history_file file{path, "mail"};
        const outcome wish = complete{};
        file.session_began(held.session);
        file.parts_taken(held.session, {{{3}, {7}}});
        file.handler_started(held);
        file.handler_ended(held, &wish);
        file.claim_ended(held, claim_end::completed, ack_result::acknowledged);
        file.claim_ended(held, claim_end::buried, ack_result::lost);
        file.claim_ended(held, claim_end::returned, ack_result::unknown);
        file.handler_ended(held, nullptr);
        file.part_let_go(held.session, {3});
        file.session_ended(held.session, session_over::left);
        EXPECT_EQ(file.failure(), "");
    }
    const auto heard = read();
    EXPECT_TRUE(heard.readable.holds()) << heard.readable.detail();
    EXPECT_EQ(heard.readable.looked_at, 11);
    EXPECT_EQ(heard.readable.note, "");
    const std::vector<told> expected{told::part_taken,   told::started, told::ended,
                                     told::acknowledged, told::lost,    told::unknown,
                                     told::ended};
    std::vector<told> got;
    for (const auto& one : heard.events) {
        got.push_back(one.what);
        EXPECT_EQ(one.session, held.session);
        EXPECT_EQ(one.part, part_id{3});
        EXPECT_GT(one.wall_us, 0);
        EXPECT_GT(one.steady_us, 0);
    }
    EXPECT_EQ(got, expected);
    EXPECT_EQ(heard.events[0].fence, token{7});
    EXPECT_EQ(heard.events[1].item, held.held.id);
    EXPECT_EQ(heard.events[1].fence, token{5});
    EXPECT_EQ(heard.events[1].line, 4U);
    EXPECT_EQ(heard.events[4].change, asked::buried);
    EXPECT_EQ(heard.events[5].change, asked::returned);
}

TEST_F(HistoryReader, ATornLastLineIsPassedByAndMentioned) {
    put(opened + R"({"event":"star)");
    const auto heard = read();
    EXPECT_TRUE(heard.readable.holds());
    EXPECT_EQ(heard.readable.note, "1 torn, whose writers were killed");
}

TEST_F(HistoryReader, AWorkerThatGoesOnInATornFileClosesTheLine) {
    put(opened + R"({"event":"star)");
    { const history_file again{path, "mail"}; }
    const auto heard = read();
    EXPECT_TRUE(heard.readable.holds()) << heard.readable.detail() << text();
    EXPECT_EQ(heard.readable.note, "1 torn, whose writers were killed");
}

TEST_F(HistoryReader, ABadLineIsNamed) {
    EXPECT_EQ(problem_of(opened_later.substr(0, opened_later.size() - 1)), "");
    EXPECT_EQ(problem_of("{"), path + ":2 is no JSON object");
    EXPECT_EQ(problem_of(""), path + ":2 is no JSON object");
    EXPECT_EQ(problem_of("[1]"), path + ":2 is no JSON object");
    EXPECT_EQ(problem_of("{}"), path + ":2 has no \"event\"");
    EXPECT_EQ(problem_of(R"({"event":7})"), path + ":2 \"event\" is no text");
    EXPECT_EQ(problem_of(R"({"event":"dreamt"})"), path + ":2 \"event\" is 'dreamt'");
    EXPECT_EQ(problem_of(R"({"event":"part_let_go","part":-1})"), path + ":2 \"part\" is no part");
    EXPECT_EQ(problem_of(R"({"event":"started","item":"x"})"), path + ":2 \"item\" is no UUID");
    EXPECT_EQ(problem_of(R"({"event":"part_let_go","part":1.5})"),
              path + ":2 \"part\" is no whole number");
    EXPECT_EQ(problem_of(R"({"event":"opened","queue":"other"})"), path + ":2 is of queue 'other'");
}

TEST_F(HistoryReader, ABadLastLineThatIsWholeIsNotTorn) {
    put(opened + "{\n");
    EXPECT_EQ(read().readable.examples, std::vector{path + ":2 is no JSON object"});
}

TEST_F(HistoryReader, AnEmptyFileIsAFailure) {
    put("");
    EXPECT_EQ(read().readable.examples, std::vector{path + " holds no event"});
    put(R"({"event":"open)");
    EXPECT_EQ(read().readable.examples, std::vector{path + " holds no event"});
}

TEST_F(HistoryReader, AFileThatIsNotThereIsNamed) {
    try {
        read();
        FAIL() << "read a file that is not there";
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string{error.what()}.find(path), std::string::npos) << error.what();
    }
}

TEST_F(HistoryReader, AHistoryThatCannotBeWrittenSaysSo) {
    EXPECT_THROW((history_file{"/no/such/folder/h.jsonl", "mail"}), std::exception);
    EXPECT_THROW((history_file{"/dev/full", "mail"}), std::exception);
}

}  // namespace
}  // namespace leasehold
