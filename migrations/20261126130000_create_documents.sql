-- Rows of projector `documents_v1`: receipts, invoices and credit notes.
create table views.documents (
    id uuid primary key,
    user_id uuid not null,
    kind text not null,
    number text,
    date date,
    total bigint not null check (total > 0),
    vat bigint,
    net bigint,
    subscription_id uuid,
    top_up_id uuid,
    invoice_id uuid,
    credited bigint not null,
    needs_e_meterai boolean not null,
    pdf_sha256 text,
    issued_at timestamptz not null,
    position bigint not null
);
create index on views.documents (user_id, position desc, id desc);
create index on views.documents (position desc, id desc);
