#include "store/testing.hpp"

#include <libpq-fe.h>

namespace concord::store::testing {

void EmptyDatabase::run_on_server(const std::string& sql) {
    PGconn* link = PQconnectdb(server_.c_str());
    PGresult* result = PQexec(link, sql.c_str());
    const bool good = PQresultStatus(result) == PGRES_COMMAND_OK;
    const std::string why = PQerrorMessage(link);
    PQclear(result);
    PQfinish(link);
    if (!good) throw Failure{"the test server refused: " + why};
}

}  // namespace concord::store::testing
