// Package pluginv1 is the protocol between Sealpost and its plugins, version
// 1, generated from plugin.proto by generate.sh. Plugin authors use the
// package sdk instead; programs in other languages use plugin.proto.
package pluginv1

//go:generate ./generate.sh
