package stage

// Restart ends the program and starts it anew on the same database, with the
// same people and the same time.
func (s *Stage) Restart() error {
	if err := s.halt(); err != nil {
		return err
	}
	return s.start()
}
