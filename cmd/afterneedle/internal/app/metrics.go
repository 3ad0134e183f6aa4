package app

import (
	"context"
	"math"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"afterneedle/bot"
	"afterneedle/rehab"
)

// metrics are what /metrics tells: counts and ages, and no label but words of closed
// lists. Nothing in them is an id, a name or a text, for anybody may read the page
// who can reach it.
type metrics struct {
	registry   *prometheus.Registry
	deliveries *prometheus.CounterVec // by lane and outcome
	dropped    prometheus.Counter
	fenced     prometheus.Counter
	lateness   prometheus.Histogram
	updates    *prometheus.CounterVec // by fate
	throttled  prometheus.Counter
}

// lanes are the values of the label lane.
var lanes = map[rehab.Lane]string{rehab.LaneReply: "reply", rehab.LaneTimed: "timed", rehab.LaneBulk: "bulk"}

// outcomes are the values of the label outcome.
var outcomes = []rehab.OutcomeKind{
	rehab.OutcomeSent, rehab.OutcomeThrottled, rehab.OutcomeTemporary, rehab.OutcomeUnknown,
	rehab.OutcomeUnreachable, rehab.OutcomeRejected,
}

// lateBuckets are the bounds of lateness, in seconds: from what the metronome
// costs to a window that is missed.
var lateBuckets = []float64{1, 2, 5, 10, 30, 60, 300, 900, 3600, 4 * 3600}

// readDueWithin bounds the look into the database for one page.
const readDueWithin = 2 * time.Second

func newMetrics() *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "afterneedle", Name: name, Help: help})
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "afterneedle", Name: name, Help: help}, labels)
	}
	m := &metrics{
		registry:   prometheus.NewRegistry(),
		deliveries: counters("deliveries_total", "Sends, by lane and by what each ended in.", "lane", "outcome"),
		dropped:    counter("deliveries_dropped_total", "Deliveries that were dropped, or expired, before a send."),
		fenced:     counter("deliveries_fenced_total", "Outcomes that were not written down, because another process had taken the delivery over."),
		lateness: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "afterneedle", Name: "lateness_seconds", Buckets: lateBuckets,
			Help: "How long after they were due timed messages were sent.",
		}),
		updates:   counters("updates_total", "Updates from Telegram, by what became of them.", "fate"),
		throttled: counter("telegram_throttled_total", "Calls that Telegram answered by asking for a wait."),
	}
	m.registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.deliveries, m.dropped, m.fenced, m.lateness, m.updates, m.throttled,
	)
	for _, lane := range lanes { // 0 is a value; a series that is missing is none
		for _, outcome := range outcomes {
			m.deliveries.WithLabelValues(lane, string(outcome))
		}
	}
	for _, fate := range []bot.Event{bot.UpdateHandled, bot.UpdateIgnored, bot.UpdateSetAside} {
		m.updates.WithLabelValues(string(fate))
	}
	return m
}

// measure adds what is read off the parts of the program whenever the page is.
func (m *metrics) measure(p *Parts) {
	gauge := func(name, help string, read func() float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "afterneedle", Name: name, Help: help}, read))
	}
	gauge("deliveries_in_flight", "Deliveries that are being sent, or wait for a worker.", func() float64 { return float64(p.Engine.InFlight()) })
	gauge("oldest_due_seconds", "How long the oldest work that is due has been waiting; NaN when the database cannot be read.", p.oldestDue)
	gauge("last_tick_seconds", "How long ago the last good tick was; NaN before the first.", func() float64 {
		last := p.Engine.LastTick()
		if last.IsZero() {
			return math.NaN()
		}
		return p.Clock.Now().Sub(last).Seconds()
	})
	gauge("replicas", "How many processes share the work.", func() float64 { return float64(p.Engine.Part().Replicas) })
	gauge("rate_share", "Messages a second that this process may send.", func() float64 { return float64(p.Engine.Part().Share) })
	gauge("updates_ready", "1 while updates arrive here or at the process that polls, else 0.", func() float64 {
		if p.hears() {
			return 1
		}
		return 0
	})
}

// oldestDue is how many seconds the oldest work that is due has been waiting.
func (p *Parts) oldestDue() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), readDueWithin)
	defer cancel()
	at, ok, err := p.Store.NextDue(ctx)
	switch {
	case err != nil:
		return math.NaN()
	case !ok:
		return 0
	}
	return max(p.Clock.Now().Sub(at), 0).Seconds()
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Tried counts a send; see [scheduler.Watch].
func (m *metrics) Tried(d rehab.Delivery, outcome rehab.OutcomeKind, late time.Duration) {
	m.deliveries.WithLabelValues(lanes[d.Lane], string(outcome)).Inc()
	if d.Lane == rehab.LaneTimed && outcome == rehab.OutcomeSent {
		m.lateness.Observe(late.Seconds())
	}
}

// Dropped counts deliveries that were not even tried.
func (m *metrics) Dropped(n int) { m.dropped.Add(float64(n)) }

// Fenced counts an outcome that came too late.
func (m *metrics) Fenced() { m.fenced.Inc() }

// event counts what the bot hears and is told.
func (m *metrics) event(e bot.Event) {
	if e == bot.Throttled {
		m.throttled.Inc()
		return
	}
	m.updates.WithLabelValues(string(e)).Inc()
}
