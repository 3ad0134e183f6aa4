package sandbox

import (
	"bytes"
	"fmt"
	"image"
	_ "image/gif"  // dimensions of uploaded photos
	_ "image/jpeg" // dimensions of uploaded photos
	_ "image/png"  // dimensions of uploaded photos
	"net/http"
	"path"
	"strings"
	"time"
)

type fileKind string

const (
	photoFile    fileKind = "Photo"
	documentFile fileKind = "Document"
)

// Limits of a photo: bytes, the sum of its sides, and their ratio.
const (
	maxPhoto      = 10 << 20
	maxPhotoSides = 10000
	maxPhotoRatio = 20
)

// Limits of a download: bytes, and how long the path that getFile named is good.
const (
	maxDownload = 20 << 20
	linkLife    = time.Hour
)

// file is one stored upload; its ids stay valid as long as the server.
type file struct {
	id, unique    string
	kind          fileKind
	name, mime    string
	data          []byte
	width, height int
	linked        time.Time // when getFile was last asked for it
}

type fileStore struct {
	byID map[string]*file
	last int
}

func (st *fileStore) add(f *file) *file {
	st.last++
	f.id = fmt.Sprintf("file-%s-%d", strings.ToLower(string(f.kind)), st.last)
	f.unique = fmt.Sprintf("u%d", st.last)
	f.mime = http.DetectContentType(f.data)
	st.byID[f.id] = f
	return f
}

func (f *file) wire() wireFile {
	return wireFile{
		FileID: f.id, FileUniqueID: f.unique, FileSize: len(f.data),
		FileName: f.name, MIMEType: f.mimeOfDocument(), Width: f.width, Height: f.height,
	}
}

func (f *file) mimeOfDocument() string {
	if f.kind == photoFile {
		return "" // a PhotoSize has none
	}
	return f.mime
}

// path is where getFile says the file lies.
func (f *file) path() string {
	return strings.ToLower(string(f.kind)) + "s/" + f.unique + path.Ext(f.name)
}

// newPhoto checks an upload as Telegram checks a photo.
func newPhoto(data []byte) (*file, *apiError) {
	if len(data) > maxPhoto {
		return nil, badRequest("Too big for a photo")
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, badRequest("IMAGE_PROCESS_FAILED")
	}
	long, short := max(size.Width, size.Height), min(size.Width, size.Height)
	if long+short > maxPhotoSides || long > short*maxPhotoRatio {
		return nil, badRequest("PHOTO_INVALID_DIMENSIONS")
	}
	return &file{kind: photoFile, data: data, width: size.Width, height: size.Height}, nil
}

// fileParam is the file of a call: a new upload, or a stored one by its id.
func (s *Server) fileParam(c *call, name string, kind fileKind) (*file, *apiError) {
	if up, ok := c.files[name]; ok {
		switch {
		case len(up.data) == 0:
			return nil, badRequest("file must be non-empty")
		case kind == photoFile:
			f, err := newPhoto(up.data)
			if err != nil {
				return nil, err
			}
			return s.files.add(f), nil
		}
		return s.files.add(&file{kind: kind, name: up.name, data: up.data}), nil
	}
	id := c.str(name)
	switch f := s.files.byID[id]; {
	case f == nil && strings.HasPrefix(id, "http"):
		// There is no internet behind this server.
		return nil, badRequest("Failed to get HTTP URL content")
	case f == nil:
		return nil, badRequest("wrong file identifier/HTTP URL specified")
	case f.kind != kind:
		return nil, badRequest("can't use file of type %s as %s", f.kind, kind)
	default:
		return f, nil
	}
}

func (s *Server) getFile(c *call) (any, *apiError) {
	f := s.files.byID[c.str("file_id")]
	if f == nil {
		return nil, badRequest("wrong file_id or the file is temporarily unavailable")
	}
	if len(f.data) > maxDownload {
		return nil, badRequest("file is too big")
	}
	f.linked = s.now()
	return wireFile{FileID: f.id, FileUniqueID: f.unique, FileSize: len(f.data), FilePath: f.path()}, nil
}

// serveFile answers a download: what follows "/file/bot" is token and path.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, rest string) {
	filePath, ok := strings.CutPrefix(rest, s.token+"/")
	if !ok {
		writeAnswer(w, nil, errUnauthorized)
		return
	}
	s.mu.Lock()
	var data []byte
	for _, f := range s.files.byID {
		if f.path() == filePath && !f.linked.IsZero() && s.now().Before(f.linked.Add(linkLife)) {
			data = f.data
		}
	}
	s.mu.Unlock()
	if data == nil || r.Method != http.MethodGet {
		writeAnswer(w, nil, errNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = w.Write(data)
}
