// Winograd's minimal filtering F(4 × 4, 3 × 3): 4 × 4 results of a convolution with 3 × 3 kernels from 36 products in place of 144.
//
// A tile of 6 × 6 pixels, a kernel and what lies above the result are each taken to 36 places, where a convolution is a product
// place by place. The places are the points 0, ±√½, ±√2 and ∞ of polynomials in both directions: reciprocal pairs round least.
// Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (arXiv 1509.09308); on the choice of points
// Barabasz et al. (arXiv 1803.10986).
namespace darkroom::CK_SET::winograd {
CK_SET_BEGIN
using namespace vectors;

constexpr int side = 6, places = side * side, step = 4, reach = 3, taps = reach * reach;
constexpr float near = 0.70710678f, far = 1.41421356f;  // the points

// a + factor · b
static CK_INLINE Vector plus(Vector a, float factor, Vector b) { return fma(all(factor), b, a); }

// Each takes one line of so many numbers to another.
struct OfPixels {
    static constexpr int from = side, to = side;
    static CK_INLINE void line(const Vector (&d)[side], Vector (&v)[side]) {
        const Vector even_near = plus(d[4], -2.f, d[2]), odd_near = plus(d[3], -2.f, d[1]);
        const Vector even_far = plus(d[4], -.5f, d[2]), odd_far = plus(d[3], -.5f, d[1]);
        v[0] = plus(d[0] + d[4], -2.5f, d[2]);
        v[1] = plus(even_near, near, odd_near);
        v[2] = plus(even_near, -near, odd_near);
        v[3] = plus(even_far, far, odd_far);
        v[4] = plus(even_far, -far, odd_far);
        v[5] = plus(d[1] + d[5], -2.5f, d[3]);
    }
};
struct OfKernels {
    static constexpr int from = reach, to = side;
    static CK_INLINE void line(const Vector (&g)[reach], Vector (&u)[side]) {
        constexpr float a = -2.f / 3, b = 1.f / 6;
        const Vector even_near = all(a) * plus(g[0], .5f, g[2]);
        const Vector even_far = all(b) * plus(g[0], 2.f, g[2]);
        u[0] = g[0];
        u[1] = plus(even_near, a * near, g[1]);
        u[2] = plus(even_near, -a * near, g[1]);
        u[3] = plus(even_far, b * far, g[1]);
        u[4] = plus(even_far, -b * far, g[1]);
        u[5] = g[2];
    }
};
struct ToResults {
    static constexpr int from = side, to = step;
    static CK_INLINE void line(const Vector (&m)[side], Vector (&y)[step]) {
        const Vector even_near = m[1] + m[2], odd_near = all(near) * (m[1] - m[2]);
        const Vector even_far = m[3] + m[4], odd_far = all(far) * (m[3] - m[4]);
        y[0] = m[0] + (even_near + even_far);
        y[1] = odd_near + odd_far;
        y[2] = plus(all(.5f) * even_near, 2.f, even_far);
        y[3] = plus(plus(m[5], .5f, odd_near), 2.f, odd_far);
    }
};
// What lies above results, for the gradient of kernels; `ToResults` transposed.
struct OfSlopes {
    static constexpr int from = step, to = side;
    static CK_INLINE void line(const Vector (&y)[step], Vector (&z)[side]) {
        const Vector even_near = plus(y[0], .5f, y[2]), odd_near = plus(y[1], .5f, y[3]);
        const Vector even_far = plus(y[0], 2.f, y[2]), odd_far = plus(y[1], 2.f, y[3]);
        z[0] = y[0];
        z[1] = plus(even_near, near, odd_near);
        z[2] = plus(even_near, -near, odd_near);
        z[3] = plus(even_far, far, odd_far);
        z[4] = plus(even_far, -far, odd_far);
        z[5] = y[3];
    }
};
// From places to the gradient of kernels; `OfKernels` transposed.
struct ToKernels {
    static constexpr int from = side, to = reach;
    static CK_INLINE void line(const Vector (&u)[side], Vector (&g)[reach]) {
        constexpr float a = -2.f / 3, b = 1.f / 6;
        const Vector even_near = all(a) * (u[1] + u[2]), even_far = all(b) * (u[3] + u[4]);
        g[0] = u[0] + (even_near + even_far);
        g[1] = plus(all(a * near) * (u[1] - u[2]), b * far, u[3] - u[4]);
        g[2] = plus(plus(u[5], .5f, even_near), 2.f, even_far);
    }
};

// Both directions of a square: `get(i)` reads its numbers, row by row, `put(i, x)` takes what they become.
template <class Map, class Get, class Put> static CK_INLINE void square(Get get, Put put) {
    constexpr int from = Map::from, to = Map::to;
    Vector middle[to][from];
    CK_UNROLL for (int j = 0; j < from; j++) {
        Vector in[from], out[to];
        CK_UNROLL for (int i = 0; i < from; i++) in[i] = get(i * from + j);
        Map::line(in, out);
        CK_UNROLL for (int i = 0; i < to; i++) middle[i][j] = out[i];
    }
    CK_UNROLL for (int i = 0; i < to; i++) {
        Vector out[to];
        Map::line(middle[i], out);
        CK_UNROLL for (int j = 0; j < to; j++) put(i * to + j, out[j]);
    }
}

CK_END
}  // namespace darkroom::CK_SET::winograd
