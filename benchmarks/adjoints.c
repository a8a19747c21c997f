// Hand-written adjoints, the peers of benchmarks/native.py. gcc -O3 -march=native -ffast-math, double precision.
// Each function writes its gradient and returns its value; a null gradient asks for the value alone.

#include <math.h>
#include <stdlib.h>
#include <string.h>

// x = b x (1 - x) + 0.1 sin x above one half, else a x + 0.3; the sum of n steps from a.
double recurrence(double a, double b, long n, double *tape, double *g) {
  double x = a, s = 0;
  if (!g) {
    for (long i = 0; i < n; i++) {
      x = x > 0.5 ? b * x * (1 - x) + 0.1 * sin(x) : x * a + 0.3;
      s += x;
    }
    return s;
  }
  for (long i = 0; i < n; i++) {
    tape[i] = x;
    x = x > 0.5 ? b * x * (1 - x) + 0.1 * sin(x) : x * a + 0.3;
    s += x;
  }
  double ct = 0, ca = 0, cb = 0;
  for (long i = n - 1; i >= 0; i--) {
    double y = tape[i];
    ct += 1;
    if (y > 0.5) {
      cb += ct * y * (1 - y);
      ct *= b * (1 - 2 * y) + 0.1 * cos(y);
    } else {
      ca += ct * y;
      ct *= a;
    }
  }
  g[0] = ca + ct;
  g[1] = cb;
  return s;
}

// Lotka-Volterra by the classical Runge-Kutta method, h = 0.001; p = (alpha, beta, delta, gamma, x0, y0).
#define FX(x, y) (al * (x) - be * (x) * (y))
#define FY(x, y) (de * (x) * (y)-ga * (y))
#define H 0.001
#define STEP                                                                                                 \
  double k1x = FX(x, y), k1y = FY(x, y);                                                                     \
  double x2 = x + 0.5 * H * k1x, y2 = y + 0.5 * H * k1y, k2x = FX(x2, y2), k2y = FY(x2, y2);                 \
  double x3 = x + 0.5 * H * k2x, y3 = y + 0.5 * H * k2y, k3x = FX(x3, y3), k3y = FY(x3, y3);                 \
  double x4 = x + H * k3x, y4 = y + H * k3y, k4x = FX(x4, y4), k4y = FY(x4, y4);
// The adjoint of one evaluation of both right-hand sides at (u, v), for cotangents p and q of them.
#define BACK(u, v, p, q)                                                                                     \
  cal += (p) * (u), cbe -= (p) * (u) * (v), cde += (q) * (u) * (v), cga -= (q) * (v);                        \
  double cu = (p) * (al - be * (v)) + (q) * de * (v), cv = (q) * (de * (u)-ga) - (p) * be * (u);
double lotka_volterra(const double *p, long n, double *tape, double *g) {
  double al = p[0], be = p[1], de = p[2], ga = p[3], x = p[4], y = p[5];
  for (long i = 0; i < n; i++) {
    STEP
    if (g) tape[2 * i] = x, tape[2 * i + 1] = y;
    x += H / 6 * (k1x + 2 * k2x + 2 * k3x + k4x);
    y += H / 6 * (k1y + 2 * k2y + 2 * k3y + k4y);
  }
  double value = x * x + y;
  if (!g) return value;
  double cx = 2 * x, cy = 1, cal = 0, cbe = 0, cde = 0, cga = 0;
  for (long i = n - 1; i >= 0; i--) {
    x = tape[2 * i], y = tape[2 * i + 1];
    STEP
    double ax = cx * H / 6, ay = cy * H / 6, sx = cx, sy = cy;
    double b3x, b3y, b2x, b2y, b1x, b1y;
    { BACK(x4, y4, ax, ay) sx += cu, sy += cv, b3x = 2 * ax + H * cu, b3y = 2 * ay + H * cv; }
    { BACK(x3, y3, b3x, b3y) sx += cu, sy += cv, b2x = 2 * ax + 0.5 * H * cu, b2y = 2 * ay + 0.5 * H * cv; }
    { BACK(x2, y2, b2x, b2y) sx += cu, sy += cv, b1x = ax + 0.5 * H * cu, b1y = ay + 0.5 * H * cv; }
    { BACK(x, y, b1x, b1y) sx += cu, sy += cv; }
    cx = sx, cy = sy;
  }
  g[0] = cal, g[1] = cbe, g[2] = cde, g[3] = cga, g[4] = cx, g[5] = cy;
  return value;
}

// The chained Rosenbrock function of n variables.
double rosenbrock(const double *x, long n, double *g) {
  double s = 0;
  if (!g) {
    for (long i = 0; i < n - 1; i++) {
      double u = x[i + 1] - x[i] * x[i], v = 1 - x[i];
      s += 100 * u * u + v * v;
    }
    return s;
  }
  memset(g, 0, n * sizeof *g);
  for (long i = 0; i < n - 1; i++) {
    double u = x[i + 1] - x[i] * x[i], v = 1 - x[i];
    s += 100 * u * u + v * v;
    g[i + 1] += 200 * u;
    g[i] -= 400 * u * x[i] + 2 * v;
  }
  return s;
}

// sum(sin(x) exp(-x^2) + log1p(x^2)), in blocks and one function after the other, so that gcc vectorises each.
#define BLOCK 512
double elementwise(const double *restrict x, long n, double *restrict g) {
  double total = 0, s[BLOCK], c[BLOCK], e[BLOCK], l[BLOCK];
  for (long at = 0; at < n; at += BLOCK) {
    long m = n - at < BLOCK ? n - at : BLOCK;
    const double *restrict y = x + at;
    for (long i = 0; i < m; i++) s[i] = sin(y[i]);
    for (long i = 0; i < m; i++) e[i] = exp(-y[i] * y[i]);
    for (long i = 0; i < m; i++) l[i] = log1p(y[i] * y[i]);
    for (long i = 0; i < m; i++) total += s[i] * e[i] + l[i];
    if (!g) continue;
    for (long i = 0; i < m; i++) c[i] = cos(y[i]);
    for (long i = 0; i < m; i++) g[at + i] = e[i] * (c[i] - 2 * y[i] * s[i]) + 2 * y[i] / (1 + y[i] * y[i]);
  }
  return total;
}

// Logistic regression on n rows of d numbers: the sum of softplus(z) - y z for z = x b.
double logistic(const double *restrict x, const double *restrict y, const double *restrict b, long n, long d,
                double *restrict g) {
  double total = 0, z[BLOCK], a[BLOCK], e[BLOCK], r[BLOCK];
  if (g) memset(g, 0, d * sizeof *g);
  for (long at = 0; at < n; at += BLOCK) {
    long m = n - at < BLOCK ? n - at : BLOCK;
    const double *restrict rows = x + at * d;
    for (long i = 0; i < m; i++) {
      double s = 0;
      for (long j = 0; j < d; j++) s += rows[i * d + j] * b[j];
      z[i] = s;
    }
    for (long i = 0; i < m; i++) a[i] = fabs(z[i]);
    for (long i = 0; i < m; i++) e[i] = exp(-a[i]);
    for (long i = 0; i < m; i++) total += 0.5 * (z[i] + a[i]) + log1p(e[i]) - y[at + i] * z[i];
    if (!g) continue;
    for (long i = 0; i < m; i++) r[i] = (z[i] >= 0 ? 1.0 : e[i]) / (1 + e[i]) - y[at + i];
    for (long i = 0; i < m; i++)
      for (long j = 0; j < d; j++) g[j] += r[i] * rows[i * d + j];
  }
  return total;
}

// The log-likelihood of n points of d numbers under a mixture of k normal distributions, with axes of their own lengths:
// minus the sum of log sum exp(alpha + sum ls - |(x - mu) exp(ls)|^2 / 2), and n log sum exp(alpha).
#define MOST 64
double mixture(const double *restrict x, const double *restrict alpha, const double *restrict mu,
               const double *restrict ls, long n, long k, long d, double *restrict g) {
  double e[MOST * MOST], base[MOST], q[MOST], w[MOST], t[MOST * MOST];
  double *ga = g, *gm = g + k, *gl = g + k + k * d, total = 0, top = -INFINITY, sum = 0;
  for (long i = 0; i < k * d; i++) e[i] = exp(ls[i]);
  for (long j = 0; j < k; j++) {
    base[j] = alpha[j];
    for (long c = 0; c < d; c++) base[j] += ls[j * d + c];
    top = alpha[j] > top ? alpha[j] : top;
  }
  for (long j = 0; j < k; j++) sum += w[j] = exp(alpha[j] - top);
  total = n * (top + log(sum));
  if (g) {
    memset(g, 0, (k + 2 * k * d) * sizeof *g);
    for (long j = 0; j < k; j++) ga[j] = n * w[j] / sum;
  }
  for (long i = 0; i < n; i++) {
    double most = -1e300, s = 0;
    for (long j = 0; j < k; j++) {
      double r = 0;
      for (long c = 0; c < d; c++) {
        double u = (x[i * d + c] - mu[j * d + c]) * e[j * d + c];
        t[j * d + c] = u, r += u * u;
      }
      q[j] = base[j] - 0.5 * r;
      most = q[j] > most ? q[j] : most;
    }
    for (long j = 0; j < k; j++) w[j] = exp(q[j] - most);
    for (long j = 0; j < k; j++) s += w[j];
    total -= most + log(s);
    if (!g) continue;
    for (long j = 0; j < k; j++) {
      double r = w[j] / s;
      ga[j] -= r;
      for (long c = 0; c < d; c++) {
        double u = t[j * d + c];
        gm[j * d + c] -= r * u * e[j * d + c];
        gl[j * d + c] -= r * (1 - u * u);
      }
    }
  }
  return total;
}

// Square roots of a (1 + i / n), i < n, by Newton's method until a step is below 1e-12; their sum.
double newton(double a, long n, double *tape, double *g) {
  double total = 0, ca = 0;
  for (long i = 0; i < n; i++) {
    double f = 1 + (double)i / n, t = a * f, x = t;
    long k = 0;
    while (fabs(x * x - t) > 1e-12 * t) {
      tape[k++] = x;
      x = 0.5 * (x + t / x);
    }
    total += x;
    if (!g) continue;
    double ct = 1, cf = 0;
    while (k--) {
      double y = tape[k];
      cf += 0.5 * ct / y;
      ct *= 0.5 * (1 - t / (y * y));
    }
    ca += (cf + ct) * f;
  }
  if (g) g[0] = ca;
  return total;
}

// f(0, x) = x, f(n, x) = sin(f(n - 1, a x)) + x / n.
static double deep(long n, double a, double x) { return n ? sin(deep(n - 1, a, a * x)) + x / n : x; }
static double deep_forward(long n, double a, double x, double *tape) {
  if (n == 0) return x;
  double y = deep_forward(n - 1, a, a * x, tape);
  tape[2 * n] = x, tape[2 * n + 1] = y;
  return sin(y) + x / n;
}
static double deep_back(long n, double a, double ct, const double *tape, double *ca) {
  if (n == 0) return ct;
  double below = deep_back(n - 1, a, ct * cos(tape[2 * n + 1]), tape, ca);
  *ca += below * tape[2 * n];
  return ct / n + below * a;
}
double recursion(double a, double x, long n, double *tape, double *g) {
  double ca = 0;
  if (!g) return deep(n, a, x);
  double value = deep_forward(n, a, x, tape);
  g[1] = deep_back(n, a, 1, tape, &ca);
  g[0] = ca;
  return value;
}
