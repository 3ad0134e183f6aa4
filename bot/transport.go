package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"

	tg "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

const (
	pollSeconds = 50 // Telegram's own ceiling
	// The limit of a poll stands above the time that Telegram may keep it.
	pollLimit = 65 * time.Second
	callLimit = 8 * time.Second
	bodyLimit = 16 << 20
)

// transport is the one door to Telegram. It binds every call to a context and a
// time limit, keeps the token out of errors, and turns answers that are not
// Telegram's own into errors that say so.
type transport struct {
	client *http.Client
	token  string
	ctx    func() context.Context
	// throttled hears that Telegram asks for a wait.
	throttled func()
}

func newTransport(token string, ctx func() context.Context) *transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	// The default keeps two idle connections and loses the rest.
	t.MaxIdleConnsPerHost = 256
	// A connection that has silently died is noticed and not used again.
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: callLimit}
	return &transport{token: token, ctx: ctx, throttled: func() {}, client: &http.Client{
		Transport: t,
		// Whoever is behind a redirect would learn the token.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// errNotSent marks a call of which nothing was written: repeating it is safe.
var errNotSent = errors.New("not sent")

// Do sends one request of the Telegram library.
func (t *transport) Do(req *http.Request) (*http.Response, error) {
	limit := callLimit
	if strings.HasSuffix(req.URL.Path, "/getUpdates") {
		limit = pollLimit
	}
	ctx, cancel := context.WithTimeout(t.ctx(), limit)
	defer cancel()
	var written atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { written.Store(true) },
	})
	resp, err := t.client.Do(req.WithContext(ctx))
	if err != nil {
		return nil, t.clean(err, written.Load())
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, bodyLimit))
	if err != nil {
		return nil, t.clean(err, true)
	}
	var answer struct {
		OK *bool `json:"ok"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.OK == nil {
		kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
		return nil, fmt.Errorf("status %d with %q, which is no answer of the Bot API", resp.StatusCode, kind)
	}
	if resp.StatusCode == http.StatusTooManyRequests {
		t.throttled()
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// clean keeps the token, which is part of every URL, out of an error.
func (t *transport) clean(err error, written bool) error {
	clean := errors.New(strings.ReplaceAll(err.Error(), t.token, "<token>"))
	if errors.Is(err, context.DeadlineExceeded) {
		clean = fmt.Errorf("%w: %w", clean, context.DeadlineExceeded)
	}
	if !written {
		return fmt.Errorf("%w: %w", errNotSent, clean)
	}
	return clean
}

// client calls Telegram's methods and reads its files.
type client struct {
	api   *tg.BotAPI
	web   *transport
	files string // where they lie
}

// newClient returns a client for {base}/bot{token}/{method} and
// {base}/file/bot{token}/{path}.
func newClient(base, token string, ctx func() context.Context) *client {
	base = strings.TrimRight(base, "/")
	c := &client{web: newTransport(token, ctx), files: base + "/file/bot" + token + "/"}
	c.api = &tg.BotAPI{Token: token, Client: c.web, Buffer: 100}
	c.api.SetAPIEndpoint(strings.ReplaceAll(base, "%", "%%") + "/bot%s/%s") // it is a format
	return c
}

// call runs a method with plain parameters; values that are no strings are sent
// as JSON. The result is decoded into result unless that is nil.
func (c *client) call(method string, params map[string]any, result any) error {
	form := tg.Params{}
	for name, value := range params {
		if text, ok := value.(string); ok {
			form[name] = text
			continue
		}
		raw, err := json.Marshal(value)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		form[name] = string(raw)
	}
	resp, err := c.api.MakeRequest(method, form)
	if err != nil {
		return c.clean(err)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(resp.Result, result)
}

// deleteWebhook lets updates be polled. Those that wait are kept.
func (c *client) deleteWebhook() error {
	return c.call("deleteWebhook", map[string]any{"drop_pending_updates": false}, nil)
}

// upload sends a method with one file.
func (c *client) upload(method, field, name string, data []byte, params map[string]string, result any) error {
	resp, err := c.api.UploadFiles(method, params, []tg.RequestFile{{
		Name: field, Data: tg.FileBytes{Name: name, Bytes: data},
	}})
	if err != nil {
		return c.clean(err)
	}
	return json.Unmarshal(resp.Result, result)
}

// clean keeps the token out of an error of the library's own, which never got to the
// transport.
func (c *client) clean(err error) error {
	if !strings.Contains(err.Error(), c.api.Token) {
		return err
	}
	return c.web.clean(err, false)
}
