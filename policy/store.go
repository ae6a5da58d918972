package policy

import (
	"context"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

// store holds a generation's data, which nobody changes.
//
// OPA looks for data beside every rule that it goes to, hundreds of times for
// one decision and mostly in vain, and for what it does find it keeps a copy
// with each question. So store answers at once about names that aren't there,
// and is itself what OPA keeps found data in.
type store struct {
	storage.Store
	root  ast.Value
	names map[string]bool // below data.sealpost
}

func newStore(ctx context.Context, sealpost map[string]any) (*store, error) {
	s := &store{names: map[string]bool{}}
	for name := range sealpost {
		s.names[name] = true
	}
	s.Store = inmem.NewFromObjectWithOpts(map[string]any{"sealpost": sealpost},
		inmem.OptReturnASTValuesOnRead(true))
	root, err := storage.ReadOne(ctx, s.Store, storage.Path{})
	if err != nil {
		return nil, err
	}
	s.root = root.(ast.Value) // by the first of the options
	return s, nil
}

// Read is OPA's way to what Get doesn't find.
func (s *store) Read(ctx context.Context, txn storage.Transaction, path storage.Path) (any, error) {
	if len(path) > 1 && !s.names[path[1]] {
		return nil, &storage.Error{Code: storage.NotFoundErr}
	}
	return s.Store.Read(ctx, txn, path)
}

// Get is the data that a reference names, nil if there is none.
func (s *store) Get(ref ast.Ref) ast.Value {
	if v, err := s.root.Find(ref[1:]); err == nil {
		return v
	}
	return nil
}

// Put is for data that wasn't found by Get, of which there is none.
func (s *store) Put(ast.Ref, ast.Value) {}
