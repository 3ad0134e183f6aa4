package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// errTooBig is a file with more bytes than were asked for.
var errTooBig = errors.New("the file is too big")

// download reads a file that a person has sent, which may have so many bytes. A
// bigger one is errTooBig: what Telegram says of its size is looked at first, and
// not trusted.
func (c *client) download(id string, most int64) ([]byte, error) {
	var found struct {
		Size int64  `json:"file_size"`
		Path string `json:"file_path"`
	}
	if err := c.call("getFile", map[string]any{"file_id": id}, &found); err != nil {
		return nil, fmt.Errorf("getFile: %w", err)
	}
	switch {
	case found.Size > most:
		return nil, errTooBig
	case found.Path == "":
		return nil, errors.New("getFile: no path in the answer")
	}
	return c.web.get(c.files+(&url.URL{Path: found.Path}).EscapedPath(), most)
}

// get reads what lies at an address, which may have so many bytes.
func (t *transport) get(address string, most int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(t.ctx(), callLimit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, t.clean(err, true)
	}
	resp, err := t.client.Do(req)
	if err != nil {
		return nil, t.clean(err, true)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the file is answered with status %d", resp.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	switch {
	case err != nil:
		return nil, t.clean(err, true)
	case int64(len(data)) > most:
		return nil, errTooBig
	}
	return data, nil
}

// attachment is a document that came with an update, or why it did not.
type attachment struct {
	data []byte
	err  error
}

// fetch downloads the document of an update if its sender is a clinician whose
// import waits for one; nil for any other update. It happens before the
// transaction of the update, so that nothing waits in the store for the network.
func (b *Bot) fetch(ctx context.Context, u *update) (*attachment, error) {
	m := u.Message
	if m == nil || m.Document == nil || m.From == nil || m.Forward != nil || !m.Chat.private() {
		return nil, nil
	}
	wanted := false
	_, err := b.store.Do(ctx, b.clock.Now(), 0, func(tx Tx) error {
		t := &turn{bot: b, tx: tx, now: tx.Now(), update: u, chat: m.Chat.ID}
		_, err := tx.ClinicianByChat(t.chat)
		t.ignoreMissing(err)
		wanted = err == nil && t.wantsFile(m)
		return t.err
	})
	if err != nil || !wanted {
		return nil, err
	}
	a := &attachment{err: errTooBig}
	if m.Document.Size <= importBytes {
		a.data, a.err = b.client.download(m.Document.ID, importBytes)
	}
	if a.err != nil && !errors.Is(a.err, errTooBig) {
		b.log.Warn("file not fetched", "err", a.err)
	}
	return a, nil
}
