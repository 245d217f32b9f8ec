-- A walk in Neovim: somebody types a transaction that loses updates, sees it, asks what it is, repairs
-- one thing and allows another. Run by tests/editor/neovim.
local start_client = vim.lsp.start_client
vim.lsp.start_client = function(config) -- each key by itself
  config.flags = { debounce_text_changes = 0 }
  return start_client(config)
end
dofile(vim.env.ISOLINT_SNIPPET)
vim.cmd('filetype on')

local function fail(what)
  io.stderr:write('walk: ' .. what .. '\n')
  local all = {}
  for _, each in ipairs(vim.diagnostic.get(0)) do
    all[#all + 1] = string.format('%d:%d %s', each.lnum + 1, each.col + 1, each.code or each.message)
  end
  io.stderr:write('shown: ' .. table.concat(all, ', ') .. '\n')
  io.stderr:write(table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n') .. '\n')
  vim.cmd('cquit')
end

local function check(condition, what)
  if not condition then
    fail(what)
  end
end


-- Goes to the end of the text and types there.
local function append(text)
  for _, character in ipairs(vim.fn.split(text, '\\zs')) do
    local keys = character == '\n' and '<CR>' or character:gsub('<', '<lt>')
    vim.cmd('normal! G$')
    vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes('A' .. keys .. '<Esc>', true, false, true), 'ntx', false)
    vim.wait(2, function() return false end)
  end
end

local function finding(code)
  for _, each in ipairs(vim.diagnostic.get(0)) do
    if each.code == code then
      return each
    end
  end
end

local function wait_for(code, shown)
  check(vim.wait(60000, function()
    return (finding(code) ~= nil) == shown
  end, 10), code .. (shown and ' is not shown' or ' does not go'))
end

local function ask(method, params)
  local answers = vim.lsp.buf_request_sync(0, method, params, 60000)
  check(answers and answers[1] and not answers[1].err, method .. ' is not answered')
  return answers[1].result
end

-- What is offered for a finding, by its title.
local function offered(at)
  local document = { uri = vim.uri_from_bufnr(0) }
  local place = { line = at.lnum, character = at.col }
  local actions = {}
  for _, action in ipairs(ask('textDocument/codeAction', {
    textDocument = document,
    range = { start = place, ['end'] = place },
    context = { diagnostics = {} },
  })) do
    actions[action.title] = action
  end
  return actions
end

local function apply(action, what)
  check(action, what .. ' is not offered')
  vim.lsp.util.apply_workspace_edit(action.edit, 'utf-16')
end

local function text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
end

vim.cmd('edit transfer.sql')
check(vim.bo.filetype == 'sql', 'the file is no SQL')

-- typing it, with a mistake that is taken back
append('/* ünï🙂 */ BEGIN;\nSELECT balance FROM accounts WHERE id = 1;\n')
append('UPDATE accounts SET SET')
wait_for('syntax-error', true)
vim.cmd('normal! G$bd$')
append('balance = 90 WHERE id = 1;\nCOMMIT;\n')

-- seeing it
wait_for('lost-update', true)
wait_for('syntax-error', false)
local lost = finding('lost-update')
check(lost.lnum == 2 and lost.col == 0, 'it is shown elsewhere')
check(lost.severity == vim.diagnostic.severity.WARN, 'it is no warning')

-- asking what it is; which programs use a table is known after a pause
local hover = ''
for _ = 1, 600 do
  hover = ask('textDocument/hover', {
    textDocument = { uri = vim.uri_from_bufnr(0) },
    position = { line = 2, character = 8 },
  }).contents.value
  if hover:find('Written by `transfer.sql:1`', 1, true) then
    break
  end
  vim.wait(100, function() return false end)
end
check(hover:find('Written by `transfer.sql:1`', 1, true), 'the program is not told: ' .. hover)
check(hover:find('PRIMARY KEY (id)', 1, true), 'the key of the table is not told: ' .. hover)
check(hover:find('lost%-update'), 'the rule is not told: ' .. hover)

-- where the level comes from
local lens = ask('textDocument/codeLens', { textDocument = { uri = vim.uri_from_bufnr(0) } })[1]
check(lens.command.title == "READ COMMITTED: the server's default", 'the level: ' .. lens.command.title)
check(lens.range.start.character == 12, 'the level stands at ' .. lens.range.start.character)

-- repairing one thing
append('BEGIN ISOLATION LEVEL SERIALIZABLE;\nSELECT balance FROM accounts WHERE id = 2;\nCOMMIT;\n')
wait_for('serializable-read-not-deferrable', true)
apply(offered(finding('serializable-read-not-deferrable'))['Insert "READ ONLY"'], 'READ ONLY')
check(text():find('BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY;', 1, true), 'READ ONLY is not inserted')

-- allowing another
apply(offered(finding('lost-update'))['Allow lost-update here'], 'the allowance')
check(text():find('-- isolint: allow lost-update\nUPDATE accounts', 1, true), 'the comment is not there')
wait_for('lost-update', false)
check(not finding('unused-suppression'), 'the comment allows nothing')

vim.cmd('quitall!')
