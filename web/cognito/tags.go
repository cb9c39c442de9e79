package cognito

import (
	"context"
	"maps"

	"poolhouse.dev/identity"
)

// TagsRequest is the input of TagResource, UntagResource and ListTagsForResource.
type TagsRequest struct {
	ResourceArn string            `json:"ResourceArn"`
	Tags        map[string]string `json:"Tags,omitempty"`
	TagKeys     []string          `json:"TagKeys,omitempty"`
}

// TagsResponse is the output of ListTagsForResource.
type TagsResponse struct {
	Tags map[string]string `json:"Tags,omitempty"`
}

// tagged answers the pool that an ARN names, held against the caller.
func (h *Handler) tagged(ctx context.Context, name string, in TagsRequest) (identity.PoolID, error) {
	pool, ok := poolOfARN(in.ResourceArn)
	if !ok {
		return "", exception("InvalidParameterException", "Invalid ARN: "+in.ResourceArn+".")
	}
	concerns(ctx, pool)
	c := callerOf(ctx)
	return pool, c.mayTouch(Target+name, pool)
}

// changeTags lets change have the tags of the pool that an ARN names.
func (h *Handler) changeTags(ctx context.Context, name string, in TagsRequest, change func(map[string]string)) (done, error) {
	pool, err := h.tagged(ctx, name, in)
	if err != nil {
		return done{}, err
	}
	_, err = h.Settings.ChangePool(ctx, pool, func(p *identity.Pool) error {
		all := map[string]string{}
		maps.Copy(all, p.Tags)
		change(all)
		p.Tags = all
		return nil
	})
	return done{}, err
}

func (h *Handler) tagResource(ctx context.Context, in TagsRequest) (done, error) {
	return h.changeTags(ctx, "TagResource", in, func(all map[string]string) { maps.Copy(all, in.Tags) })
}

func (h *Handler) untagResource(ctx context.Context, in TagsRequest) (done, error) {
	return h.changeTags(ctx, "UntagResource", in, func(all map[string]string) {
		for _, name := range in.TagKeys {
			delete(all, name)
		}
	})
}

func (h *Handler) listTagsForResource(ctx context.Context, in TagsRequest) (TagsResponse, error) {
	pool, err := h.tagged(ctx, "ListTagsForResource", in)
	if err != nil {
		return TagsResponse{}, err
	}
	p, err := h.Settings.Pool(ctx, pool)
	return TagsResponse{p.Tags}, err
}
