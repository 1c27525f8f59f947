#!/usr/bin/env node
// Any Node must be able to read this file: the oldest syntax only.
var version = process.versions.node.split('.').map(Number);
if (version[0] < 20 || (version[0] === 20 && version[1] < 12)) {
	process.stderr.write('flue needs Node.js 20.12 or later; this is ' + process.versions.node + '.\n');
	process.exitCode = 2;
} else {
	require('../dist/cli.cjs');
}
