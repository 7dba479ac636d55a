#include <cstdio>

#include "penstock/arrow.hpp"

#include "format_every_type.hpp"

extern "C" {

/// Exports the batch of format_every_type.hpp.
void penstock_export_every_type(ArrowSchema* schema, ArrowArray* array) {
  const penstock::QueryResult result = penstock::every_type_result();
  penstock::export_schema(*result.schema, schema);
  penstock::export_batch(result.data.batches().front(), array);
}

/// Imports a batch, and exports what came of it. Nonzero, with the reason on standard error, when it cannot.
int penstock_round_trip(ArrowSchema* schema_in, ArrowArray* array_in, ArrowSchema* schema_out,
                        ArrowArray* array_out) {
  const auto batch = penstock::import_batch(array_in, schema_in);
  if (!batch) {
    std::fprintf(stderr, "%s\n", batch.error().message.c_str());
    return 1;
  }
  penstock::export_schema(*batch->schema(), schema_out);
  penstock::export_batch(*batch, array_out);
  return 0;
}
}
