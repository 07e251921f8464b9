#include "worker/cli/line_reader.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace leasehold {
namespace {

/// A pipe into which `write` puts text; its end comes when the writing end is closed.
class text_pipe {
public:
    text_pipe() { EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0); }
    explicit text_pipe(const std::string& text) : text_pipe{} {
        write(text);
        close_write();
    }
    text_pipe(const text_pipe&) = delete;
    text_pipe& operator=(const text_pipe&) = delete;
    ~text_pipe() {
        close_write();
        ::close(ends_[0]);
    }

    int read_fd() const { return ends_[0]; }

    void write(std::string_view text) const {
        EXPECT_EQ(::write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }

    void close_write() {
        if (ends_[1] >= 0) {
            ::close(ends_[1]);
            ends_[1] = -1;
        }
    }

private:
    std::array<int, 2> ends_{-1, -1};
};

std::vector<std::string> all_lines(line_reader& reader) {
    std::vector<std::string> lines;
    while (const auto line = reader.next()) {
        lines.emplace_back(*line);
    }
    return lines;
}

std::vector<std::string> lines_of(const std::string& text) {
    const text_pipe pipe{text};
    line_reader reader{pipe.read_fd(), 100};
    return all_lines(reader);
}

std::string message_of(line_reader& reader) {
    try {
        while (reader.next()) {
        }
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

using lines = std::vector<std::string>;

TEST(LineReader, GivesLinesWithoutTheirEnds) {
    EXPECT_EQ(lines_of(""), lines{});
    EXPECT_EQ(lines_of("a\nb\n"), (lines{"a", "b"}));
    EXPECT_EQ(lines_of("a\r\n"), (lines{"a\r"}));
}

TEST(LineReader, CountsALastLineWithoutItsEnd) { EXPECT_EQ(lines_of("a\nb"), (lines{"a", "b"})); }

TEST(LineReader, GivesEmptyLines) { EXPECT_EQ(lines_of("\n\na\n\n"), (lines{"", "", "a", ""})); }

TEST(LineReader, KeepsNulBytes) {
    const std::string text{"a\0b\n\0\n", 6};
    EXPECT_EQ(lines_of(text), (lines{std::string{"a\0b", 3}, std::string{"\0", 1}}));
}

TEST(LineReader, NumbersLinesFromOneAndCountsBytes) {
    const text_pipe pipe{"one\n\nthree"};
    line_reader reader{pipe.read_fd(), 100};
    EXPECT_EQ(reader.number(), 0U);
    EXPECT_EQ(reader.bytes_read(), 0U);
    reader.next();
    EXPECT_EQ(reader.number(), 1U);
    reader.next();
    reader.next();
    EXPECT_EQ(reader.number(), 3U);
    EXPECT_EQ(reader.next(), std::nullopt);
    EXPECT_EQ(reader.next(), std::nullopt);
    EXPECT_EQ(reader.number(), 3U);
    EXPECT_EQ(reader.bytes_read(), 10U);
}

TEST(LineReader, AcceptsALineOfTheLimit) {
    const text_pipe pipe{"ok\n12345\n12345"};
    line_reader reader{pipe.read_fd(), 5};
    EXPECT_EQ(all_lines(reader), (lines{"ok", "12345", "12345"}));
}

TEST(LineReader, RefusesALineOverTheLimit) {
    for (const char* text : {"ok\n123456\nok\n", "ok\n123456"}) {
        const text_pipe pipe{text};
        line_reader reader{pipe.read_fd(), 5};
        EXPECT_EQ(message_of(reader), "line 2 is longer than 5 bytes");
        EXPECT_EQ(message_of(reader), "line 2 is longer than 5 bytes");
    }
}

// The writer never ends the line: whoever waits for its end first keeps all of it in memory.
TEST(LineReader, RefusesAnEndlessLineBeforeItsEnd) {
    text_pipe pipe;
    pipe.write("123456");
    line_reader reader{pipe.read_fd(), 5};
    EXPECT_EQ(message_of(reader), "line 1 is longer than 5 bytes");
}

TEST(LineReader, GivesALineBeforeTheNextIsWritten) {
    text_pipe pipe;
    line_reader reader{pipe.read_fd(), 100};
    pipe.write("a\nhal");
    EXPECT_EQ(reader.next(), "a");
    pipe.write("f\n");
    EXPECT_EQ(reader.next(), "half");
    pipe.close_write();
    EXPECT_EQ(reader.next(), std::nullopt);
}

TEST(LineReader, JoinsLinesAcrossBlocks) {
    std::string text;
    lines expected;
    for (std::size_t length = 0; length < 40'000; length += 997) {
        expected.emplace_back(length, static_cast<char>('a' + length % 26));
        text += expected.back() + "\n";
    }
    text_pipe pipe;
    std::thread writer{[&] {
        pipe.write(text);
        pipe.close_write();
    }};
    line_reader reader{pipe.read_fd(), 40'000};
    EXPECT_EQ(all_lines(reader), expected);
    EXPECT_EQ(reader.bytes_read(), text.size());
    writer.join();
}

TEST(LineReader, WaitsOnANonblockingDescriptor) {
    text_pipe pipe;
    ::fcntl(pipe.read_fd(), F_SETFL, O_NONBLOCK);
    line_reader reader{pipe.read_fd(), 100};
    std::thread writer{[&] {
        pipe.write("late\n");
        pipe.close_write();
    }};
    EXPECT_EQ(reader.next(), "late");
    EXPECT_EQ(reader.next(), std::nullopt);
    writer.join();
}

volatile std::sig_atomic_t interruptions = 0;

TEST(LineReader, GoesOnAfterASignal) {
    struct sigaction handler {};
    struct sigaction former {};
    handler.sa_handler = [](int) { interruptions = interruptions + 1; };  // without SA_RESTART
    ::sigaction(SIGUSR1, &handler, &former);
    text_pipe pipe;
    line_reader reader{pipe.read_fd(), 100};
    const pthread_t reading = ::pthread_self();
    std::thread writer{[&] {
        ::pthread_kill(reading, SIGUSR1);
        pipe.write("line\n");
    }};
    EXPECT_EQ(reader.next(), "line");
    writer.join();
    EXPECT_GE(interruptions, 1);
    ::sigaction(SIGUSR1, &former, nullptr);
}

TEST(LineReader, NamesTheLineThatCannotBeRead) {
    line_reader closed{-1, 100};
    EXPECT_THROW(closed.next(), std::system_error);
    const int directory = ::open("/", O_RDONLY | O_CLOEXEC);
    line_reader reader{directory, 100};
    EXPECT_EQ(message_of(reader), "cannot read line 1: Is a directory");
    ::close(directory);
}

}  // namespace
}  // namespace leasehold
