// The arithmetic of each lesson, as cs_core/lessons has it: (settings, seed, constants) to figures,
// what is drawn, and the right choice. Tests hold it against the core at random settings.
const range = (n, from = 0) => Array.from({ length: n }, (_, i) => i + from);
const sum = (list) => list.reduce((a, b) => a + b, 0);
const YEAR = 12;

function draws(seed) {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
  const binomial = (n, p) => {
    let left = uniform(), mass = (1 - p) ** n, count = 0;
    while (left > mass && count < n) {
      left -= mass;
      mass *= ((n - count) / (count + 1)) * (p / (1 - p));
      count += 1;
    }
    return count;
  };
  return { uniform, binomial, normal: () => quantile(uniform()) };
}

// The normal distribution: its series near the middle, its continued fraction in the tails.
function cdf(x) {
  const z = Math.abs(x), density = Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
  let tail;
  if (z < 4) {
    let term = z, total = z;
    for (let k = 3; term > 1e-18 * total; k += 2) total += (term *= (z * z) / k);
    tail = 0.5 - density * total;
  } else {
    let fraction = 0;
    for (let k = 120; k > 0; k -= 1) fraction = k / (z + fraction);
    tail = density / (z + fraction);
  }
  return x < 0 ? tail : 1 - tail;
}

// Wichura 1988, Algorithm AS 241, PPND16.
function quantile(p) {
  const ratio = (x, above, below) => above.reduce((a, c) => a * x + c, 0) / below.reduce((a, c) => a * x + c, 0);
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    return q * ratio(0.180625 - q * q,
      [2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457, 13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608],
      [5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867, 5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1]);
  }
  let r = Math.sqrt(-Math.log(q <= 0 ? p : 1 - p));
  const z = r <= 5
    ? ratio(r - 1.6,
      [7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258, 3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734],
      [1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459, 0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1])
    : ratio(r - 5,
      [2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093, 0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772],
      [2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4, 0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1]);
  return q < 0 ? -z : z;
}

const Z95 = 1.959963984540054;
function wilson(count, total) {
  const share = count / total, weight = (Z95 * Z95) / total, centre = (share + weight / 2) / (1 + weight);
  const half = (Z95 / (1 + weight)) * Math.sqrt((share * (1 - share)) / total + weight / (4 * total));
  return [count === 0 ? 0 : centre - half, count === total ? 1 : centre + half];
}

const annual = (monthly) => 1 - (1 - monthly) ** YEAR;
const lines = (...given) => ({ kind: "lines", lines: given.map(([name, values]) => ({ name, values })) });
const bars = (unit, digits, ...given) => ({ kind: "bars", unit, digits, bars: given.map(([name, value, true_]) => ({ name, value, true: true_ })) });
const kinds = (v, months) => [v.loyal_churn, v.fickle_churn].map((c) => range(months + 1).map((m) => (1 - c) ** m));

function masses(n, p) {
  const found = [(1 - p) ** n];
  for (let k = 0; k < n; k += 1) found.push(found[k] * ((n - k) / (k + 1)) * (p / (1 - p)));
  return found;
}

// The chance that so many months hold three rises in a row: by the last count and rises before it.
function rises(customers, churn, months) {
  const mass = masses(customers, churn);
  let run = [mass, mass.map(() => 0), mass.map(() => 0)], seen = 0;
  for (let month = 1; month < months; month += 1) {
    const all = sum(run.map(sum));
    const up = run.map((row) => { let below = 0; return row.map((value, k) => { const now = below * mass[k]; below += value; return now; }); });
    let under = 0;
    const again = mass.map((m, k) => { const now = (all - under) * m; under += run[0][k] + run[1][k] + run[2][k]; return now; });
    seen += sum(up[2]);
    run = [again, up[0], up[1]];
  }
  return seen;
}

function limits(n, p, tail) {
  const mass = masses(n, p);
  let low = 0, below = mass[0];
  while (below < tail) below += mass[(low += 1)];
  let high = n, above = 0;
  while (high > 0 && above + mass[high] <= tail) above += mass[high--];
  return [low, high];
}

function joined(churn, cohorts, start, seed) {
  const draw = draws(seed);
  return range(cohorts).map((place) => {
    const counts = [start];
    for (let age = 1; age < cohorts - place; age += 1) counts.push(counts[age - 1] - draw.binomial(counts[age - 1], churn));
    return counts;
  });
}

const MODELS = {
  compound(v) {
    const months = range(YEAR + 1), c = v.churn;
    return {
      figures: { annual: annual(c), added: c * YEAR, left: 1 - annual(c), second: c * (1 - c) },
      picture: lines(["added", months.map((m) => Math.max(0, 1 - c * m))], ["real", months.map((m) => (1 - c) ** m)]),
    };
  },
  lifetime(v) {
    const mean = (v.loyal_churn + v.fickle_churn) / 2, [a, b] = kinds(v, 36);
    return {
      figures: { mean_churn: mean, formula: 1 / mean, truth: (1 / v.loyal_churn + 1 / v.fickle_churn) / 2, loyal_months: 1 / v.loyal_churn, fickle_months: 1 / v.fickle_churn },
      picture: lines(["formula", range(37).map((m) => (1 - mean) ** m)], ["both", a.map((x, i) => (x + b[i]) / 2)]),
    };
  },
  falling(v) {
    const [a, b] = kinds(v, YEAR + 1), both = a.map((x, i) => x + b[i]);
    const rates = range(YEAR + 1).map((m) => 1 - both[m + 1] / both[m]);
    return {
      figures: { first: rates[0], later: rates[YEAR], loyal_share: a[YEAR] / both[YEAR] },
      picture: lines(["cohort", rates], ["loyal", rates.map(() => v.loyal_churn)], ["fickle", rates.map(() => v.fickle_churn)]),
    };
  },
  leavers(v) {
    const months = Math.round(v.history), stays = range(months, 1);
    const left = stays.map((s) => v.churn * (1 - v.churn) ** (s - 1) * (months - s + 1));
    const mean = sum(stays.map((s, i) => s * left[i])) / sum(left), truth = 1 / v.churn;
    return {
      figures: { leavers: mean, truth, still: 1 - sum(left) / months },
      digits: { truth: truth === Math.round(truth) ? 0 : 1 },
      picture: bars("number", 1, ["leavers", mean, false], ["truth", truth, true]),
    };
  },
  small_numbers(v) {
    const base = Math.round(v.each_month), lost = [v.lost_before, v.lost_after].map(Math.round);
    const [[bl, bh], [al, ah]] = lost.map((n) => wilson(n, base)), [b, a] = lost.map((n) => n / base);
    const least = a - b - Math.sqrt((a - al) ** 2 + (bh - b) ** 2), most = a - b + Math.sqrt((ah - a) ** 2 + (b - bl) ** 2);
    const [from, to] = [0.05, 0.04], mean = (from + to) / 2;
    const alone = quantile(0.975) * Math.sqrt(2 * mean * (1 - mean)), together = quantile(0.8) * Math.sqrt(from * (1 - from) + to * (1 - to));
    const needed = Math.round(((alone + together) / (from - to)) ** 2 / 100) * 100;
    return {
      figures: { before: b, before_low: bl, before_high: bh, after: a, after_low: al, after_high: ah, needed, from_rate: from, to_rate: to },
      picture: { kind: "ranges", ranges: [{ name: "before", low: bl, value: b, high: bh }, { name: "after", low: al, value: a, high: ah }] },
      choice: least > 0 ? "worse" : most < 0 ? "better" : "cannot_tell",
    };
  },
  streak(v, seed) {
    const customers = Math.round(v.customers), draw = draws(seed), lost = range(24).map(() => draw.binomial(customers, v.churn));
    let longest = 0, run = 0;
    for (let m = 1; m < 24; m += 1) longest = Math.max(longest, (run = lost[m] > lost[m - 1] ? run + 1 : 0));
    const centre = sum(lost) / (24 * customers);
    return {
      figures: { year: rises(customers, v.churn, 12), two_years: rises(customers, v.churn, 24), longest, lowest: Math.min(...lost) / customers, highest: Math.max(...lost) / customers },
      picture: { kind: "lines", points: true, band: limits(customers, centre, 0.00135).map((n) => n / customers), lines: [{ name: "", values: lost.map((n) => n / customers) }] },
    };
  },
  simpson(v, _, k) {
    const sizes = [v.monthly_before, v.monthly_after].map((s) => Math.round(s * k.all)), [m, y] = [k.monthly, k.annual];
    const share = sizes.map((n) => n / k.all), total = share.map((s, i) => s * m[i] + (1 - s) * y[i]);
    const ms = (share[0] + share[1]) / 2, part = {
      monthly: { rate: ms * (m[1] - m[0]), mix: ((m[0] + m[1]) / 2) * (share[1] - share[0]) },
      annual: { rate: (1 - ms) * (y[1] - y[0]), mix: ((y[0] + y[1]) / 2) * (share[0] - share[1]) },
    };
    const rate = part.monthly.rate + part.annual.rate, mix = part.monthly.mix + part.annual.mix, change = rate + mix;
    // What is a rounding error apart is the same.
    return {
      figures: { before: total[0], after: total[1], change, rate, mix, monthly_old: m[0], monthly_new: m[1], annual_old: y[0], annual_new: y[1] },
      picture: bars("points", 2, ["=rate", rate, false], ["=mix", mix, false], ["total", change, true]),
      choice: Math.abs(change) < 1e-12 ? "same" : change > 0 ? "rose" : "fell",
    };
  },
  net_retention(v, _, k) {
    const gone = Math.round(v.leave_share * k.accounts), stay = k.accounts - gone;
    const nrr = (stay * (1 + v.grow)) / k.accounts, grr = stay / k.accounts;
    return { figures: { nrr, grr, accounts: k.accounts, gone, stay }, picture: bars("rate", 0, ["nrr", nrr, false], ["grr", grr, true]) };
  },
  recipe(v, _, k) {
    const closing = k.opening + v.expansion - v.contraction - v.churned, wrong = closing + v.expansion - v.contraction - v.churned;
    return {
      figures: { opening: k.opening, closing, wrong_closing: wrong, nrr: closing / k.opening, wrong: wrong / k.opening, grr: (k.opening - v.contraction - v.churned) / k.opening },
      picture: bars("count", 0, ["=opening", k.opening, true], ["=expansion", v.expansion, false], ["=contraction", -v.contraction, false], ["=churn", -v.churned, false], ["=closing", closing, true]),
    };
  },
  two_churns(v, _, k) {
    const both = (large, medium) => [(large * k.large + medium * k.medium) / (k.large + k.mediums * k.medium + k.small), (large + medium) / (k.mediums + 2)];
    const [mrr, customers] = both(Math.round(v.large_gone), Math.round(v.medium_gone)), [large_mrr, large_customers] = both(1, 0);
    return {
      figures: { mrr, customers, large_mrr, large_customers, large: k.large, medium: k.medium, small: k.small, mediums: k.mediums, all: k.mediums + 2 },
      picture: bars("rate", 2, ["customers", customers, true], ["mrr", mrr, true]),
    };
  },
  renewal(v) {
    const lost = 1 - v.renewed, monthly = lost / YEAR;
    return { figures: { monthly, lost, kept: 1 - monthly, due: 1 / YEAR }, picture: bars("rate", 1, ["renewal", v.renewed, false], ["believed", lost, false], ["monthly", monthly, true]) };
  },
  ledger(v, _, k) {
    const month = Math.round(v.month) - 1, sums = { new: 0, reactivation: 0, expansion: 0, contraction: 0, churn: 0 };
    const pays = Object.entries(k.ledger).map(([name, paid]) => {
      const [before, after] = [paid[month - 1], paid[month]];
      if (before !== after) {
        const what = !before ? (paid.slice(0, month).some(Boolean) ? "reactivation" : "new") : !after ? "churn" : after > before ? "expansion" : "contraction";
        sums[what] += Math.abs(after - before);
      }
      return [name, before, after];
    });
    const opening = sum(pays.map((p) => p[1])), closing = sum(pays.map((p) => p[2]));
    const there = pays.filter((p) => p[1]).length, lost = pays.filter((p) => p[1] && !p[2]).length;
    return {
      figures: { opening, closing, ...sums, lost, there, churn_rate: lost / there, all: pays.length },
      picture: bars("count", 0, ["=opening", opening, true], ["=new", sums.new, false], ["=reactivation", sums.reactivation, false], ["=expansion", sums.expansion, false], ["=contraction", -sums.contraction, false], ["=churn", -sums.churn, false], ["=closing", closing, true]),
      table: pays,
    };
  },
  cohort_chart(v, seed, k) {
    const cohorts = joined(v.cohort_churn, k.cohorts, k.start, seed), row = cohorts[k.row];
    return {
      figures: { start: row[0], left: row[0] - row[k.age], share: row[k.age] / row[0], age: k.age, place: k.row + 1, cells: sum(cohorts.map((c) => c.length)) },
      picture: { kind: "triangle", cohorts },
    };
  },
  triangle(v, seed, k) {
    const months = Math.round(v.months_seen), seen = joined(v.cohort_churn, k.cohorts, k.start, seed).slice(0, months).map((c, i) => c.slice(0, months - i));
    const there = seen.filter((c) => c.length > k.age).map((c) => c[k.age]);
    return {
      figures: { age: k.age, right: sum(there) / (k.start * there.length), zero: sum(there) / (k.start * seen.length), observed: there.length, cohorts: seen.length, blank: seen.length - there.length },
      picture: { kind: "triangle", cohorts: seen },
    };
  },
  mean_line(v, _, k) {
    const step = (v.new_churn - v.old_churn) / (k.cohorts - 1);
    const stay = range(k.cohorts).map((n) => range(k.cohorts - n).map((age) => (1 - (v.old_churn + step * n)) ** age));
    const plain = [], chained = [1];
    for (let age = 0; age < k.cohorts; age += 1) {
      const there = stay.filter((row) => row.length > age);
      plain.push(sum(there.map((row) => row[age])) / there.length);
      if (age) chained.push((chained[age - 1] * sum(there.map((row) => row[age]))) / sum(there.map((row) => row[age - 1])));
    }
    const lowest = Math.min(...plain), end = plain[plain.length - 1];
    return {
      figures: { lowest, end, chained_end: chained[chained.length - 1], rise: end - lowest, all: k.cohorts },
      picture: lines(["plain", plain], ["chained", chained]),
      choice: end > lowest ? "rises" : "falls",
    };
  },
  top_tenth(v) {
    const distance = Math.SQRT2 * quantile(v.auc), base = v.base_rate;
    let low = -10, high = 10 + distance;
    for (let i = 0; i < 100; i += 1) {
      const cut = (low + high) / 2, above = (1 - base) * cdf(-cut) + base * cdf(distance - cut);
      if (above > 0.1) low = cut; else high = cut;
    }
    const found = cdf(distance - low), precision = (base * found) / 0.1;
    return {
      figures: { precision, stay: 1 - precision, found, lift: precision / base },
      picture: bars("rate", 1, ["all", base, false], ["tenth", precision, true], ["found", found, false]),
    };
  },
  red_ones(v, seed, k) {
    const c = v.steadiness, gain = Math.sqrt((1 - c) / (1 + c)), draw = draws(seed), slices = 2000;
    const first = range(k.accounts).map(draw.normal), noise = range(k.accounts).map(draw.normal);
    const second = first.map((x, i) => c * x + Math.sqrt(1 - c ** 2) * noise[i]), red = Math.round(k.accounts * 0.1);
    const lowest = range(k.accounts).sort((a, b) => first[a] - first[b]).slice(0, red);
    const rose = (list) => list.filter((i) => second[i] > first[i]).length / list.length, drawn = rose(lowest);
    const better = sum(range(slices).map((i) => cdf(-quantile(((i + 0.5) / slices) * 0.1) * gain))) / slices;
    return {
      figures: { better, drawn, red, accounts: k.accounts, tenth: 0.1 },
      picture: bars("rate", 0, ["red", drawn, true], ["everybody", rose(range(k.accounts)), false]),
    };
  },
  feature(v) {
    const { large_churn: l, small_churn: s, large_users: u } = v, users = u * l + (1 - u) * s, others = (1 - u) * l + u * s;
    return {
      figures: { users, others, small_users: 1 - u, gain: 0 },
      picture: bars("rate", 1, ["users", users, false], ["others", others, false], ["large_users", l, true], ["large_others", l, true], ["small_users", s, true], ["small_others", s, true]),
    };
  },
  ltv_cac(v, _, k) {
    const month = k.arpa * v.margin, monthly = (1 + k.discount) ** (1 / 12) - 1;
    const within = sum(range(Math.round(v.horizon)).map((m) => (month * ((1 - k.loyal) ** m + (1 - k.fickle) ** m)) / 2 / (1 + monthly) ** m));
    const ratio = { revenue: k.arpa * k.formula, simple: month * k.formula, within, curve: month * k.lifetime };
    for (const name in ratio) ratio[name] /= v.cac;
    const all = Object.values(ratio), lowest = Math.min(...all), highest = Math.max(...all);
    return {
      figures: { ...ratio, lowest, highest, times: highest / lowest, rule: k.rule, arpa: k.arpa, discount: k.discount },
      picture: bars("number", 1, ...Object.entries(ratio).map(([name, value]) => [name, value, true])),
    };
  },
  benchmarks(v, _, k) {
    const own = 1 - annual(v.own_churn), quoted = Object.entries(k.years), lows = quoted.map(([, [low]]) => low);
    return {
      figures: { own, lowest: Math.min(...lows), highest: Math.max(...lows), consumer: k.consumer, quoted: quoted.length, above: quoted.filter(([, y]) => y[1] < own).length, below: quoted.filter(([, y]) => y[0] > own).length },
      picture: { kind: "ranges", ranges: [...quoted.map(([name, [low, high]]) => ({ name, low, high })), { name: "own", value: own, own: true }] },
    };
  },
};
