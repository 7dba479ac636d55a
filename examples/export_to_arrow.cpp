// A batch for any Arrow library in this process, without a copy, by Arrow's C data interface.
#include <iostream>

#include <penstock/arrow.hpp>
#include <penstock/manager.hpp>

#include "temporary_bank.hpp"

namespace {

// What an Arrow library does with the two structures: looks, and releases. This one prints a column of
// strings.
void consume(ArrowSchema* schema, ArrowArray* array) {
  for (std::int64_t i = 0; i < schema->n_children; ++i) {
    std::cout << schema->children[i]->name << " has the format " << schema->children[i]->format << "\n";
  }
  const ArrowArray& names = *array->children[1];
  const auto* offsets = static_cast<const std::int32_t*>(names.buffers[1]);
  const auto* text = static_cast<const char*>(names.buffers[2]);
  for (std::int64_t i = 0; i < names.length; ++i) {
    std::cout << std::string_view(text + offsets[i], static_cast<std::size_t>(offsets[i + 1] - offsets[i]))
              << "\n";
  }
  schema->release(schema);
  array->release(array);
}

}  // namespace

int main(int argc, char** argv) {
  ArrowSchema schema;
  ArrowArray array;
  {
    const example::TemporaryBank bank;
    auto manager = penstock::DataSourceManager::load(argc > 1 ? argv[1] : bank.config());
    if (!manager) {
      std::cerr << manager.error().message << "\n";
      return 2;
    }
    const auto result =
        (*manager)->execute_query("SELECT id, name, born FROM customers ORDER BY id", "customer_db");
    if (!result.success) {
      std::cerr << result.error << "\n";
      return 1;
    }
    const penstock::RecordBatch& batch = result.data.batches().front();
    penstock::export_schema(*batch.schema(), &schema);
    penstock::export_batch(batch, &array);
  }  // result and manager are gone; what was exported keeps its memory until it is released
  consume(&schema, &array);
  return 0;
}
