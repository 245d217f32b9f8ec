-- Shows isolint's findings in SQL files. Copy it to ~/.config/nvim/plugin/isolint.lua.
-- vim.g.isolint_cmd names another program, or adds options: { 'isolint', 'lsp', '--severity', 'note' }
local started = {} -- the server of each directory

local function root_of(file)
  local above = vim.fn.fnamemodify(file, ':p:h') .. ';'
  local found = vim.fn.findfile('.isolint.yml', above)
  if found == '' then
    found = vim.fn.finddir('.git', above):gsub('/$', '')
  end
  return vim.fn.fnamemodify(found ~= '' and found or file, ':p'):gsub('/$', ''):gsub('/[^/]*$', '')
end

local function attach(buffer)
  local file = vim.api.nvim_buf_get_name(buffer)
  if file == '' or vim.bo[buffer].buftype ~= '' then
    return
  end
  local root = root_of(file)
  if not started[root] or not vim.lsp.get_client_by_id(started[root]) then
    started[root] = vim.lsp.start_client({
      name = 'isolint',
      cmd = vim.g.isolint_cmd or { 'isolint', 'lsp' },
      root_dir = root,
    })
  end
  if started[root] then
    vim.lsp.buf_attach_client(buffer, started[root])
  end
end

vim.api.nvim_create_autocmd('FileType', {
  pattern = { 'sql', 'pgsql' },
  callback = function(event)
    attach(event.buf)
  end,
})
