// Package config is Sealpost's settings: one documented struct, from which the
// example file and the reference page are made, and a reader that reports all
// mistakes of a file at once.
//
// A Config that Parse or Load returns is whole: defaults are filled in, every
// value is of its form, and values that depend on one another agree. Paths are
// absolute, so that the daemon and the command line mean the same files
// wherever they are started. Nothing is read from the environment.
//
// The struct is the only description. Its comments and tags (default, enum,
// required, min, max, form, example) make the messages, packaging/sealpost.yaml
// and docs/configuration.md; a test fails where these are not current.
package config

import "time"

// Config is /etc/sealpost/sealpost.yaml.
type Config struct {
	// Hostname is the name this gateway gives itself in SMTP dialogues and notices; empty: the machine's own name.
	Hostname string `yaml:"hostname" form:"domain" example:"gateway.bank.example"`
	// Domains are the organisation's own mail domains, added to data.sealpost.local_domains.
	Domains []string `yaml:"domains" form:"domain" example:"bank.example"`

	MTA     MTA     `yaml:"mta"`
	Milter  Milter  `yaml:"milter"`
	Deliver Deliver `yaml:"deliver"`
	Policy  Policy  `yaml:"policy"`
	// Plugins are the programs that treat and inspect messages.
	Plugins []Plugin `yaml:"plugins" example:"tls,reject,notify"`
	Inspect Inspect  `yaml:"inspect"`
	Limits  Limits   `yaml:"limits"`
	Store   Store    `yaml:"store"`
	Audit   Audit    `yaml:"audit"`
	Log     Log      `yaml:"log"`
	Metrics Metrics  `yaml:"metrics"`
	Admin   Admin    `yaml:"admin"`
}

// MTA is about the mail server beside which the gateway runs.
type MTA struct {
	// Kind is the mail server's kind: postfix.
	Kind string `yaml:"kind" enum:"postfix" default:"postfix"`
	// ConfigDir is the mail server's configuration directory.
	ConfigDir string `yaml:"config_dir" default:"/etc/postfix" form:"path"`
	// Log are the files in which the mail server logs; asked before a copy is handed over a second time.
	Log []string `yaml:"log" default:"/var/log/mail.log" form:"path"`
	// LaterRecipients says how recipients that the mail server adds after the gateway's decision (aliases, forwards) are judged:
	// expand (the gateway resolves aliases itself) or strict (every judged recipient is marked, an unmarked one is judged late).
	LaterRecipients string `yaml:"later_recipients" enum:"expand,strict" required:"true" example:"expand"`
	// Reinject is where copies are handed back: unix:/path (in Postfix's own public/ folder) or tcp:host:port on loopback.
	Reinject string `yaml:"reinject" default:"unix:/var/spool/postfix/public/sealpost-in" form:"address"`
	// TLSPatience is how long a treatment by TLS may fail before the next treatment is used; less than the five days after which the mail server gives up.
	TLSPatience time.Duration `yaml:"tls_patience" default:"4h" min:"1s"`
}

// Milter is the wire on which the mail server asks about messages.
type Milter struct {
	// Listen are sockets: unix:/path or tcp:host:port.
	Listen []string `yaml:"listen" default:"unix:/var/spool/postfix/sealpost/milter" form:"address"`
	// SocketGroup may connect to the Unix sockets, and nobody else.
	SocketGroup string `yaml:"socket_group" default:"postfix"`
	// Sessions is how many SMTP sessions are served at once; more are answered with a temporary failure.
	Sessions int `yaml:"sessions" default:"500" min:"1" max:"100000"`
}

// Deliver is the wire on which the mail server hands over marked mail, and asks for routes.
type Deliver struct {
	// Listen is the LMTP socket.
	Listen string `yaml:"listen" default:"unix:/var/spool/postfix/sealpost/deliver" form:"address"`
	// Map is the socketmap socket.
	Map string `yaml:"map" default:"unix:/var/spool/postfix/sealpost/map" form:"address"`
	// Sessions is how many deliveries run at once.
	Sessions int `yaml:"sessions" default:"50" min:"1" max:"10000"`
}

// Policy is where the rules come from.
type Policy struct {
	// Dir holds the Rego files.
	Dir string `yaml:"dir" default:"/etc/sealpost/rego" form:"path"`
	// Data holds the lists that operators edit, JSON or YAML.
	Data string `yaml:"data" default:"/etc/sealpost/data" form:"path"`
	// Set is the ready-made set of rules and lists that the files in dir and data are laid over: bank, insurer, hospital or minimal; none: those files are everything.
	Set string `yaml:"set" enum:"none,bank,insurer,hospital,minimal" default:"none"`
	// Deadline is how long one decision may take.
	Deadline time.Duration `yaml:"deadline" default:"50ms" min:"1ms" max:"10s"`
	// Test runs the policy's own tests before it is put in force.
	Test bool `yaml:"test" default:"true"`
	// Bundle is where a signed policy comes from, in place of the folders: an https address, or the path of a file. Empty: the folders.
	Bundle string `yaml:"bundle" form:"bundle" example:"https://policies.bank.example/policy.tar.gz"`
	// BundleKey is a file with the public key, or its certificate, that the bundle must be signed with.
	BundleKey string `yaml:"bundle_key" form:"path" example:"/etc/sealpost/policy.pub"`
	// BundleKeyID is what the bundle's key is called.
	BundleKeyID string `yaml:"bundle_key_id" example:"policy-2026"`
	// BundleCA is a file with the certificates that the server's must lead to; empty: the system's.
	BundleCA string `yaml:"bundle_ca" form:"path"`
	// BundleEvery is how often the server is asked for a new bundle.
	BundleEvery time.Duration `yaml:"bundle_every" default:"1m" min:"1s" max:"24h"`
	// BundleKeep is a folder in which the last good bundle is kept, for a start while the server is away.
	BundleKeep string `yaml:"bundle_keep" default:"/var/lib/sealpost/policy" form:"path"`
	// TimeZone is the one of the business calendar, such as Europe/Warsaw.
	TimeZone string `yaml:"time_zone" default:"UTC" form:"timezone"`
}

// Plugin is one out-of-process plugin.
type Plugin struct {
	// Name is the plugin's name in logs, metrics and on the command line.
	Name string `yaml:"name" required:"true" form:"name" example:"tls"`
	// Path is the program, absolute.
	Path string `yaml:"path" required:"true" form:"path" example:"/usr/lib/sealpost/plugins/tls"`
	// SHA256 is the program's checksum, hex; the plugin isn't started if it differs.
	SHA256 string `yaml:"sha256" form:"sha256"`
	// User runs the program, if the gateway may change users.
	User string `yaml:"user"`
	// Env is the program's whole environment; nothing is inherited.
	Env map[string]string `yaml:"env"`
	// Memory is the most memory that the program may use, in bytes (1GiB …).
	Memory Size `yaml:"memory" default:"1GiB" min:"16MiB"`
	// Timeout is the deadline of one call; below the 20 minutes for which the mail server waits.
	Timeout time.Duration `yaml:"timeout" default:"60s" min:"100ms" max:"19m"`
	// Settings are the plugin's own; its page says which there are.
	Settings any `yaml:"settings"`
}

// Inspect is how messages are looked through.
type Inspect struct {
	// Keywords are the organisation's own words and phrases (detector keyword), found as whole words in any case and without regard to accents.
	Keywords []string `yaml:"keywords" example:"Project Osprey"`
	// Detectors is a file with detectors of the organisation's own; empty: none.
	Detectors string `yaml:"detectors" form:"path"`
	// Passwords has passwords that stand in a message's own text tried on its encrypted attachments.
	Passwords bool `yaml:"passwords" default:"true"`
	// Cache is a folder for the compiled PDF reader, which nobody else may write to; empty: compiled anew at each start.
	Cache string `yaml:"cache" default:"/var/cache/sealpost" form:"path"`
	// Tables are the organisation's own data, such as customers or patients (detector exact-data); without one of them the gateway doesn't start. docs/exact-data.md says how to make them.
	Tables []Table `yaml:"tables"`
}

// Table is one file of the organisation's own data, as keyed hashes; `sealpost data build` makes it.
type Table struct {
	// Name is the table's own name, the one with which it was built.
	Name string `yaml:"name" required:"true" form:"name" example:"customers"`
	// File is the table; it is taken over without a stop when it has been built anew.
	File string `yaml:"file" required:"true" form:"path" example:"/var/lib/sealpost/customers.table"`
	// Key is the file of the key with which it was built; it belongs on another backup than the table.
	Key string `yaml:"key" required:"true" form:"path" example:"/etc/sealpost/keys/customers.key"`
}

// Limits bound what one message and all messages may take.
type Limits struct {
	// Message is the largest message, in bytes; not less than the mail server's own message_size_limit.
	Message Size `yaml:"message" default:"100MiB" min:"64KiB" max:"2GiB"`
	// Spool is how much memory all messages in work may take together, outside the heap.
	Spool Size `yaml:"spool" default:"4GiB" min:"1MiB"`
	// Recipients is how many recipients one message may have.
	Recipients int `yaml:"recipients" default:"1000" min:"1" max:"50000"`
	// Inspect is how long the inspection of one message may take.
	Inspect time.Duration `yaml:"inspect" default:"10s" min:"100ms" max:"9m"`
}

// Store is what is remembered.
type Store struct {
	// Path is the SQLite database.
	Path string `yaml:"path" default:"/var/lib/sealpost/sealpost.db" form:"path"`
	// KeepJobs is how long decisions are kept; longer than the mail server keeps mail in its queue (five days).
	KeepJobs time.Duration `yaml:"keep_jobs" default:"30d" min:"6d"`
}

// Audit is the record of every decision, a chain in which no change goes unseen.
type Audit struct {
	// Dir is the folder of its files.
	Dir string `yaml:"dir" default:"/var/lib/sealpost/audit" form:"path"`
	// Keep is how long a file is kept after its last record.
	Keep time.Duration `yaml:"keep" default:"400d" min:"1d"`
	// File is the size at which a new file is begun; a new day begins one too.
	File Size `yaml:"file" default:"64MiB" min:"64KiB" max:"4GiB"`
}

// Log is the gateway's own log, JSON lines on standard error; only fields on a fixed list are written.
type Log struct {
	// Level is the least important level that is logged.
	Level string `yaml:"level" enum:"debug,info,warn,error" default:"info"`
	// Addresses says whether mail addresses stand in the log: full or hashed.
	Addresses string `yaml:"addresses" enum:"full,hashed" default:"full"`
	// PluginOutput logs what plugins write to standard error. That text isn't checked and may hold content.
	PluginOutput bool `yaml:"plugin_output" default:"false"`
}

// Metrics is the Prometheus endpoint.
type Metrics struct {
	// Listen is a host:port on loopback; empty: none.
	Listen string `yaml:"listen" default:"127.0.0.1:9464" form:"loopback"`
}

// Admin is the socket on which the command line talks to the running daemon.
type Admin struct {
	// Listen is a Unix socket, unix:/path; its owner and group may use it.
	Listen string `yaml:"listen" default:"unix:/run/sealpost/admin" form:"unix"`
}

// Size is a number of bytes, written 512KiB, 100MiB, 4GiB or plain.
type Size int64
