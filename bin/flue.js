#!/usr/bin/env node
// Any Node must be able to read this file: the oldest syntax only.
var version = process.versions.node.split('.').map(Number);
if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
	process.stderr.write('flue needs Node.js 20.19 or later; this is ' + process.versions.node + '.\n');
	process.exitCode = 2;
} else {
	// Node 22 and later keep what they compiled for the next start.
	var enableCompileCache = version[0] >= 22 && require('module').enableCompileCache;
	if (enableCompileCache) enableCompileCache();
	require('../dist/cli.cjs');
}
