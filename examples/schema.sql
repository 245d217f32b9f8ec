CREATE TABLE product (
    id     int PRIMARY KEY,
    name   text NOT NULL,
    stock  int NOT NULL
);

CREATE TABLE clerk (
    id       int PRIMARY KEY,
    name     text NOT NULL,
    shop     int NOT NULL,
    on_duty  boolean NOT NULL
);
CREATE INDEX ON clerk (shop);

CREATE TABLE gift_card (
    id       int PRIMARY KEY,
    balance  numeric NOT NULL CHECK (balance >= 0)
);

CREATE TABLE purchase (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    placed  timestamptz NOT NULL,
    status  text NOT NULL
);
CREATE INDEX ON purchase (placed);
CREATE TABLE shelf (
    product  int PRIMARY KEY REFERENCES product,
    pieces   int NOT NULL
);
