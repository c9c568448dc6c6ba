// Our own product: strips of A and B are packed so that the inner loop reads memory in order, and a 6 x 16
// tile of C stays in registers. B is packed once, by all threads, and shared; a block of A by the thread that
// multiplies it. C is cut into blocks by its shape alone and every sum runs over the same steps of k, so the
// bits depend on neither the threads nor who calls.
#include <algorithm>
#include <cstring>
#include <memory>

#include "core/gemm.h"
#include "core/gemm_thin.h"
#include "core/pieces.h"
#include "core/pool.h"
#include "core/tile_product.h"

namespace cohear::gemm {
namespace {

// A strip of B of kStep (16 KiB) stays in the first cache, a block of A (144 KiB) in the second, and what is
// packed of B at once (4 MiB) in the last.
constexpr size_t kStep = 256;
constexpr size_t kMostRows = 24 * kTileHeight;
constexpr size_t kMostDepth = 1024, kMostColumns = 1024;
constexpr size_t kLeastBlocks = 16;  // with fewer, blocks are made smaller, down to:
constexpr size_t kFewRows = 8 * kTileHeight, kFewColumns = 4 * kTileWidth;
constexpr size_t kStripsOfGrain = 4;
// Less than this is not worth waking threads: rows of strips to pack, multiplications of a product.
constexpr size_t kLittle = size_t{1} << 11, kFewProducts = size_t{1} << 19;
constexpr size_t kThinRows = 64, kThinColumns = 512;  // of the matrix that meets a vector, to a grain
// B is read where it lies if so few rows are to be multiplied that packing it would cost as much again.
constexpr size_t kFewTiles = 4;

// Packed tiles of A times strips of B, into C.
struct Block {
  const float* a;  // [tiles][k][kTileHeight]
  const float* b;  // strips of k rows, b_step floats from row to row, b_strip from strip to strip
  size_t b_step, b_strip;
  size_t k, rows, columns;
  float* c;
  size_t ldc;
  bool add;
};

template <size_t kBytes>
COHEAR_INLINE void Tile(const Block& g, const float* a, const float* b, size_t height, TileOutput out) {
  switch (height) {
    case 1: return TileProduct<kBytes, 1>(g.k, a, b, g.b_step, out);
    case 2: return TileProduct<kBytes, 2>(g.k, a, b, g.b_step, out);
    case 3: return TileProduct<kBytes, 3>(g.k, a, b, g.b_step, out);
    case 4: return TileProduct<kBytes, 4>(g.k, a, b, g.b_step, out);
    case 5: return TileProduct<kBytes, 5>(g.k, a, b, g.b_step, out);
    default: return TileProduct<kBytes>(g.k, a, b, g.b_step, out);
  }
}

template <size_t kBytes>
COHEAR_INLINE void MultiplyBlock(const Block& g) {
  for (size_t j = 0; j < g.columns; j += kTileWidth) {
    const float* const b = g.b + j / kTileWidth * g.b_strip;
    const size_t width = g.columns - j < kTileWidth ? g.columns - j : kTileWidth;
    for (size_t i = 0; i < g.rows; i += kTileHeight) {
      const size_t height = g.rows - i < kTileHeight ? g.rows - i : kTileHeight;
      float* const c = g.c + i * g.ldc + j;
      for (size_t y = 0; y < height; ++y) __builtin_prefetch(c + y * g.ldc, 1);
      if (width == kTileWidth) {
        Tile<kBytes>(g, g.a + i * g.k, b, height, {c, g.ldc, g.add});
        continue;
      }
      alignas(64) float tile[kTileHeight * kTileWidth];
      Tile<kBytes>(g, g.a + i * g.k, b, height, {tile});
      for (size_t y = 0; y < height; ++y)
        for (size_t x = 0; x < width; ++x) {
          float& to = c[y * g.ldc + x];
          to = g.add ? to + tile[y * kTileWidth + x] : tile[y * kTileWidth + x];
        }
    }
  }
}

COHEAR_VECTORS(MultiplyBlock, (const Block& g), (g))

// op(A) or op(B) as packing sees it: where the element of step p along k and row or column i lies.
struct Operand {
  const float* data;
  size_t step, stride;
  const float* At(size_t p, size_t i) const { return data + p * step + i * stride; }
};

using Four = Vectors<16>::Floats;

Four Load(const float* from) {
  Four four;
  std::memcpy(&four, from, sizeof four);
  return four;
}

// out[p * width + i] = x[i * stride + p] for i < kRows, 2 or 4, and p < 4.
template <size_t kRows>
void Transpose(const float* x, size_t stride, size_t width, float* out) {
#if __has_builtin(__builtin_shufflevector)
  Four pairs[kRows / 2][2];  // of two rows, step by step: those of the first two steps, those of the others
  for (size_t i = 0; i < kRows; i += 2) {
    const Four a = Load(x + i * stride), b = Load(x + (i + 1) * stride);
    pairs[i / 2][0] = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    pairs[i / 2][1] = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  }
  for (size_t p = 0; p < 4; ++p)
    for (size_t i = 0; i < kRows / 2; ++i)
      std::memcpy(out + p * width + 2 * i, reinterpret_cast<const char*>(&pairs[i][p / 2]) + p % 2 * 8, 8);
#else
  for (size_t p = 0; p < 4; ++p)
    for (size_t i = 0; i < kRows; ++i) out[p * width + i] = x[i * stride + p];
#endif
}

// Strips of kWidth rows or columns of x, each [k][kWidth], the last filled up with zeros.
template <size_t kWidth>
void Pack(const Operand& x, size_t k, size_t size, float* out) {
  constexpr size_t kFours = kWidth / 4 * 4;
  const size_t full = size / kWidth * kWidth;
  if (x.stride == 1) {
    for (size_t p = 0; p < k; ++p)
      for (size_t i = 0; i < full; i += kWidth)
        std::memcpy(out + i * k + p * kWidth, x.At(p, i), kWidth * sizeof(float));
  } else {
    // A line of each row is used up before the next is read: rows a power of two apart share a set of the
    // cache.
    constexpr size_t kLine = 16;
    for (size_t i = 0; i < full; i += kWidth) {
      float* const strip = out + i * k;
      size_t p = 0;
      for (; p + kLine <= k; p += kLine) {
        for (size_t lane = 0; lane < kFours; lane += 4)
          for (size_t q = p; q < p + kLine; q += 4)
            Transpose<4>(x.At(q, i + lane), x.stride, kWidth, strip + q * kWidth + lane);
        for (size_t lane = kFours; lane < kWidth; lane += 2)
          for (size_t q = p; q < p + kLine; q += 4)
            Transpose<2>(x.At(q, i + lane), x.stride, kWidth, strip + q * kWidth + lane);
      }
      for (; p < k; ++p)
        for (size_t lane = 0; lane < kWidth; ++lane) strip[p * kWidth + lane] = *x.At(p, i + lane);
    }
  }
  if (full == size) return;
  float* const strip = out + full * k;
  for (size_t p = 0; p < k; ++p)
    for (size_t lane = 0; lane < kWidth; ++lane)
      strip[p * kWidth + lane] = full + lane < size ? *x.At(p, full + lane) : 0.0f;
}

// Memory for packed operands that this thread keeps from product to product.
class Packed {
 public:
  float* Take(size_t floats) {
    if (floats > size_) {
      data_.reset(new (std::align_val_t{64}) float[floats]);
      size_ = floats;
    }
    return data_.get();
  }

 private:
  struct Free {
    void operator()(float* data) const { ::operator delete[](data, std::align_val_t{64}); }
  };
  std::unique_ptr<float[], Free> data_;
  size_t size_ = 0;
};

struct Cut {
  size_t rows, columns, across, count;  // of a block; blocks along n, and in all
};

Cut CutInBlocks(size_t m, size_t n, size_t least) {
  size_t most_rows = kMostRows, most_columns = n;
  const auto few = [&] { return CeilDiv(m, most_rows) * CeilDiv(n, most_columns) < least; };
  while (few() && most_columns > 4 * kFewColumns) most_columns /= 2;
  while (few() && most_rows > kFewRows) most_rows /= 2;
  while (few() && most_columns > kFewColumns) most_columns /= 2;
  Cut cut{Piece(m, most_rows, kTileHeight), Piece(n, most_columns, kTileWidth), 0, 0};
  cut.across = CeilDiv(n, cut.columns);
  cut.count = CeilDiv(m, cut.rows) * cut.across;
  return cut;
}

template <class ForEach>
void Multiply(const GemmArgs& args, const GemmEpilogue& epilogue, size_t least_blocks,
              const ForEach& for_each) {
  if (const auto thin = AsThin(args)) {
    for_each(args.m * args.n, thin->transposed ? kThinRows : kThinColumns, [&](size_t begin, size_t end) {
      MultiplyThin(*thin, begin, end);
      if (!epilogue.apply) return;
      if (args.m == 1)
        epilogue.apply(epilogue.context, 0, 1, begin, end - begin);
      else
        epilogue.apply(epilogue.context, begin, end - begin, 0, 1);
    });
    return;
  }
  thread_local Packed kept_b;
  const Operand a{args.a, args.transpose_a ? args.lda : 1, args.transpose_a ? 1 : args.lda};
  const Operand b{args.b, args.transpose_b ? 1 : args.ldb, args.transpose_b ? args.ldb : 1};
  const bool in_place = b.stride == 1 && args.m <= kFewTiles * kTileHeight;
  for (size_t column = 0; column < args.n; column += kMostColumns) {
    const size_t columns = std::min(kMostColumns, args.n - column), strips = CeilDiv(columns, kTileWidth);
    const Cut cut = CutInBlocks(args.m, columns, least_blocks);
    for (size_t begin = 0; begin < args.k; begin += kMostDepth) {
      const size_t depth = std::min(kMostDepth, args.k - begin);
      const bool last = begin + depth == args.k;
      // Step by step along k, and in each strip by strip.
      float* const packed_b = kept_b.Take(strips * kTileWidth * depth);
      const auto pack = [&](size_t first, size_t end) {
        for (size_t p = 0; p < depth; p += kStep) {
          const size_t k = std::min(kStep, depth - p);
          const size_t at = first * kTileWidth, size = std::min(end * kTileWidth, columns) - at;
          Pack<kTileWidth>({b.At(begin + p, column + at), b.step, b.stride}, k, size,
                           packed_b + strips * kTileWidth * p + at * k);
        }
      };
      if (!in_place)
        for_each(strips, strips * depth < kLittle ? strips : kStripsOfGrain, pack);
      else if (columns % kTileWidth != 0)
        pack(strips - 1, strips);
      for_each(cut.count, 1, [&](size_t index, size_t) {
        thread_local Packed kept_a;
        const size_t row = index / cut.across * cut.rows, at = index % cut.across * cut.columns;
        const size_t rows = std::min(cut.rows, args.m - row), width = std::min(cut.columns, columns - at);
        float* const packed_a = kept_a.Take(RoundUp(rows, kTileHeight) * std::min(kStep, depth));
        for (size_t p = 0; p < depth; p += kStep) {
          const size_t k = std::min(kStep, depth - p);
          Pack<kTileHeight>({a.At(begin + p, row), a.step, a.stride}, k, rows, packed_a);
          Block block{};
          block.a = packed_a;
          block.k = k;
          block.rows = rows;
          block.columns = width;
          block.c = args.c + row * args.ldc + column + at;
          block.ldc = args.ldc;
          block.add = args.accumulate || begin + p > 0;
          if (in_place) {
            block.columns = width / kTileWidth * kTileWidth;
            block.b = b.At(begin + p, column + at);
            block.b_step = b.step;
            block.b_strip = kTileWidth;
            MultiplyBlock(block);
            block.c += block.columns;
            block.columns = width - block.columns;
          }
          block.b = packed_b + strips * kTileWidth * p + (at + width - block.columns) * k;
          block.b_step = kTileWidth;
          block.b_strip = kTileWidth * k;
          if (block.columns > 0) MultiplyBlock(block);
        }
        if (last && epilogue.apply) epilogue.apply(epilogue.context, row, rows, column + at, width);
      });
    }
  }
}

}  // namespace

void MultiplyOwn(const GemmArgs& args) {
  Multiply(args, {}, 1, [](size_t count, size_t grain, const auto& body) {
    for (size_t begin = 0; begin < count; begin += grain) body(begin, std::min(count, begin + grain));
  });
}

void MultiplyOwnOnPool(const GemmArgs& args, const GemmEpilogue& epilogue) {
  if (args.m * args.n * args.k >= kFewProducts) return Multiply(args, epilogue, kLeastBlocks, ParallelFor);
  ParallelFor(1, 1, [&](size_t, size_t) {  // on this thread, with denormals flushed as in any grain
    MultiplyOwn(args);
    if (epilogue.apply) epilogue.apply(epilogue.context, 0, args.m, 0, args.n);
  });
}

}  // namespace cohear::gemm
