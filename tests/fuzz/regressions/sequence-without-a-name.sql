SELECT nextval(''), setval('', 1), currval('.'), nextval('.x');
