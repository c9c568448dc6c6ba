#include "core/gemm.h"

#include <algorithm>
#include <memory>

#include "core/error.h"
#include "core/pieces.h"
#include "core/pool.h"

namespace cohear {
namespace {

constexpr size_t kTileRows = 128, kTileColumns = 512;
constexpr size_t kNarrowColumns = 128;
constexpr size_t kLeastTiles = 8;  // fewer tiles than this and they are made smaller
// A tile goes along k in steps: of longer strips the provider packs more than its caches hold.
constexpr size_t kKStep = 1024;
constexpr size_t kLongK = 4096, kKChunk = 2048;
constexpr size_t kMostPart = size_t{1} << 19;  // floats of C that are held once per chunk of k

struct Tiling {
  size_t rows, columns;
  size_t across, count;  // tiles along n; tiles in all
  bool along_k;          // cut along k, too
};

size_t CountTiles(size_t m, size_t n, size_t rows, size_t columns) {
  return CeilDiv(m, rows) * CeilDiv(n, columns);
}

// By shape alone, never by threads. The libraries pack anew for every tile, so small ones cost (1024^3 in
// rows of 64: 91 GFLOP/s on one core of a Zen 4, in rows of 128: 105, uncut: 109). A narrow product is cut
// into narrow, tall tiles, which cost it nothing (1024 x 256 x 512: 116 instead of 114) and leave threads
// nothing to wait for: 900 rows of 512 in tiles of 128 were seven and a rest, 14 % of two threads' time. Tall
// sums with few tiles are cut along k instead; what is left with few tiles gets smaller ones, down to 64 x
// 128.
Tiling TilesOf(const GemmArgs& args) {
  const size_t m = args.m, n = args.n;
  // bf16 does twice the work on what is packed.
  size_t most_rows = args.precision == Precision::kBf16 ? 2 * kTileRows : kTileRows;
  size_t most_columns = std::max<size_t>(n, 1);
  if (most_columns > 2 * kTileColumns) most_columns = kTileColumns;
  if (args.precision == Precision::kFloat32 && n <= kTileColumns) {
    most_rows = 2 * kTileRows;
    most_columns = kNarrowColumns;
  }
  Tiling t;
  t.along_k =
      CountTiles(m, n, most_rows, most_columns) < kLeastTiles && args.k >= kLongK && m * n <= kMostPart;
  const auto few = [&] { return !t.along_k && CountTiles(m, n, most_rows, most_columns) < kLeastTiles; };
  while (few() && most_columns > 128) most_columns = std::max<size_t>(128, most_columns / 2);
  while (few() && most_rows > 64) most_rows /= 2;
  t.rows = Piece(m, most_rows, 16);
  t.columns = Piece(n, most_columns, 16);
  t.across = CeilDiv(n, t.columns);
  t.count = CeilDiv(m, t.rows) * t.across;
  // Our own product packs least if a chunk is one tile, and chunks are enough for the threads.
  if (t.along_k && gemm::GetProvider().on_pool && CeilDiv(args.k, kKChunk) >= kLeastTiles)
    t = {m, n, 1, 1, true};
  return t;
}

GemmArgs Tile(const GemmArgs& args, size_t row, size_t rows, size_t column, size_t columns) {
  GemmArgs tile = args;
  tile.m = rows;
  tile.n = columns;
  tile.a = args.a + (args.transpose_a ? row : row * args.lda);
  tile.b = args.b + (args.transpose_b ? column * args.ldb : column);
  tile.c = args.c + row * args.ldc + column;
  return tile;
}

// The part of the product over k in [begin, begin + size).
GemmArgs Strip(const GemmArgs& args, size_t begin, size_t size) {
  GemmArgs strip = args;
  strip.k = size;
  strip.a += args.transpose_a ? begin * args.lda : begin;
  strip.b += args.transpose_b ? begin : begin * args.ldb;
  return strip;
}

void InSteps(const GemmArgs& args) {
  if (args.k <= kKStep + kKStep / 2) return GemmOnThisThread(args);
  for (size_t begin = 0; begin < args.k; begin += kKStep) {
    GemmArgs strip = Strip(args, begin, std::min(kKStep, args.k - begin));
    strip.accumulate = args.accumulate || begin > 0;
    GemmOnThisThread(strip);
  }
}

void Clear(const GemmArgs& args) {
  for (size_t row = 0; row < args.m; ++row) std::fill_n(args.c + row * args.ldc, args.n, 0.0f);
}

// A few tiles with a very long k (weight gradients of narrow layers over big batches): fixed chunks of k
// into their own memory, added in order.
void GemmAlongK(const GemmArgs& args, const Tiling& tiling) {
  const size_t chunks = CeilDiv(args.k, kKChunk);
  const size_t size = args.m * args.n;
  const auto parts = std::make_unique_for_overwrite<float[]>(chunks * size);
  ParallelFor(chunks * tiling.count, 1, [&](size_t index, size_t) {
    const size_t chunk = index / tiling.count, t = index % tiling.count;
    const size_t row = t / tiling.across * tiling.rows, column = t % tiling.across * tiling.columns;
    const size_t begin = chunk * kKChunk;
    GemmArgs part = Strip(args, begin, std::min(kKChunk, args.k - begin));
    part.c = parts.get() + chunk * size;
    part.ldc = args.n;
    part.accumulate = false;
    InSteps(Tile(part, row, std::min(tiling.rows, args.m - row), column,
                 std::min(tiling.columns, args.n - column)));
  });
  ParallelFor(args.m, 16, [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; ++row) {
      float* out = args.c + row * args.ldc;
      if (!args.accumulate) std::fill_n(out, args.n, 0.0f);
      for (size_t chunk = 0; chunk < chunks; ++chunk) {
        const float* part = parts.get() + chunk * size + row * args.n;
        for (size_t column = 0; column < args.n; ++column) out[column] += part[column];
      }
    }
  });
}

}  // namespace

void GemmOnThisThread(const GemmArgs& args) {
  if (args.m == 0 || args.n == 0) return;
  if (args.k == 0) {
    if (!args.accumulate) Clear(args);
    return;
  }
  if (args.precision == Precision::kBf16) return gemm::MultiplyBf16(args);
  const gemm::Provider& provider = gemm::GetProvider();
  if (provider.thread_start) {
    thread_local bool started = false;
    if (!started) {
      provider.thread_start();
      started = true;
    }
  }
  provider.multiply(args);
}

void Gemm(const GemmArgs& args, const GemmEpilogue& epilogue) {
  if (args.m == 0 || args.n == 0) return;
  COHEAR_REQUIRE(args.precision != Precision::kBf16 || HasBf16(), Code::kValue,
                 "matMul in bf16: this CPU has no AVX512-BF16; use float32");
  // Opened here, so that a failure is not raised on a pool thread.
  const auto on_pool = args.precision == Precision::kFloat32 ? gemm::GetProvider().on_pool : nullptr;
  const Tiling tiling = TilesOf(args);
  if (tiling.along_k) {
    GemmAlongK(args, tiling);
    if (epilogue.apply) epilogue.apply(epilogue.context, 0, args.m, 0, args.n);
    return;
  }
  if (on_pool && args.k > 0) return on_pool(args, epilogue);
  ParallelFor(tiling.count, 1, [&](size_t t, size_t) {
    const size_t row = t / tiling.across * tiling.rows, column = t % tiling.across * tiling.columns;
    const size_t rows = std::min(tiling.rows, args.m - row),
                 columns = std::min(tiling.columns, args.n - column);
    InSteps(Tile(args, row, rows, column, columns));
    if (epilogue.apply) epilogue.apply(epilogue.context, row, rows, column, columns);
  });
}

const GemmInfo& GetGemmInfo() { return gemm::GetProvider().info; }

}  // namespace cohear
