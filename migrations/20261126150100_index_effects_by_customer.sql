-- The letters to a customer are listed to staff.
create index effects_of_customer on work.effects (customer, created_at desc);
