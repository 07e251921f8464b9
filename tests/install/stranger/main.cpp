// A service that embeds a worker: enqueues three items and handles each in the transaction that
// acknowledges it. The database of LEASEHOLD_DSN gets a queue of its own for it, made and dropped
// by the installed program, whose path is the first argument.

#include <leasehold/claim_guard.hpp>
#include <leasehold/enqueue.hpp>
#include <leasehold/worker.hpp>

#include <pqxx/pqxx>

#include <array>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>

namespace {

bool run(const std::string& command) {
    std::cout << "$ " << command << std::endl;
    return std::system(command.c_str()) == 0;
}

int work(const std::string& dsn) {
    pqxx::connection service{dsn};
    {
        pqxx::work tx{service};
        tx.exec("CREATE TABLE IF NOT EXISTS stranger_effects (payload text)");
        for (const char* payload : {"1", "2", "3"}) {
            tx.exec(std::string{"SELECT leasehold.enqueue('stranger', '"} + payload + "')");
        }
        tx.commit();
    }
    leasehold::worker worker{
        dsn,
        "stranger",
        leasehold::transactional_handler{[](pqxx::transaction_base& tx,
                                            const leasehold::claim& claim, std::stop_token) {
            tx.exec("INSERT INTO stranger_effects VALUES (" + tx.quote(claim.held.payload) + ")");
            return leasehold::outcome{leasehold::complete{}};
        }},
        {.work = {.slots = 2}}};
    worker.start();
    while (worker.summary().completed < 3 && !worker.failure()) {
        std::this_thread::yield();
    }
    worker.drain();
    pqxx::work tx{service};
    const auto rows = tx.exec("SELECT count(*), count(DISTINCT payload) FROM stranger_effects");
    tx.exec("DROP TABLE stranger_effects");
    tx.commit();
    std::cout << rows[0][0].c_str() << " effects" << std::endl;
    return rows[0][0].as<int>() == 3 && rows[0][1].as<int>() == 3 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    const char* dsn = std::getenv("LEASEHOLD_DSN");
    if (dsn == nullptr || argc != 2) {
        std::cerr << "usage: LEASEHOLD_DSN=... stranger PROGRAM\n";
        return 2;
    }
    const std::string program = "'" + std::string{argv[1]} + "'";
    if (!run(program + " migrate") || !run(program + " queue create stranger --parts 4")) {
        return 1;
    }
    const int status = work(dsn);
    return run(program + " queue drop stranger --yes") ? status : 1;
}
