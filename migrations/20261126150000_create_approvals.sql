-- Rows of projector `approvals_v1`: what one of the staff asked for and another one decides.
create table views.approvals (
    id uuid primary key,
    deed text not null,
    details jsonb not null,
    user_id uuid,
    amount bigint,
    reason text,
    status text not null,
    requested_by uuid not null,
    decided_by uuid,
    rejection text,
    requested_at timestamptz not null,
    expires_at timestamptz not null,
    decided_at timestamptz,
    version bigint not null,
    position bigint not null
);
create index on views.approvals (position desc, id desc);
create index on views.approvals (position desc, id desc) where status = 'open';
