package stage

// Restart ends the program and starts it anew on the same database, with the
// people and their phones as they are. While it is away, others may do something.
func (s *Stage) Restart(meanwhile ...func() error) error {
	if err := s.halt(); err != nil {
		return err
	}
	for _, do := range meanwhile {
		if err := do(); err != nil {
			return err
		}
	}
	return s.start()
}
