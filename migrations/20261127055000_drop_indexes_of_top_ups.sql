-- Nobody looks for a top-up by its order, or for all that are not settled.
drop index if exists views.top_ups_order_id_idx;
drop index if exists views.top_ups_requested_at_idx;
