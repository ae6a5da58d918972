package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// machine checks what the gateway needs of the machine.
func (d *doctor) machine() {
	d.spool()
	d.disk()
	d.clock()
}

// spool checks that messages can be kept in memory, and stay there.
func (d *doctor) spool() {
	fd, err := unix.MemfdCreate("sealpost-doctor", unix.MFD_CLOEXEC)
	if err == nil {
		_, err = unix.Write(fd, []byte("x"))
		err = errors.Join(err, unix.Close(fd))
	}
	if err != nil {
		d.wrong("spool", "messages can't be kept in memory: memfd_create: "+err.Error(), "allow memfd_create (seccomp, container profile)")
		return
	}
	total, err := memory()
	budget := int64(d.cfg.Limits.Spool)
	switch {
	case err != nil:
		d.unknown("spool", "in memory; how much there is can't be read: "+err.Error(), "")
	case budget > total*8/10:
		d.note("spool", fmt.Sprintf("limits.spool (%s) is more than 80 %% of this machine's memory (%d MiB)", d.cfg.Limits.Spool, total>>20), "lower limits.spool, or add memory")
	default:
		d.ok("spool", fmt.Sprintf("in memory, up to %s of %d MiB", d.cfg.Limits.Spool, total>>20))
	}
	swaps, err := os.ReadFile("/proc/swaps")
	if err != nil {
		d.unknown("swap", err.Error(), "")
		return
	}
	for i, line := range strings.Split(strings.TrimSpace(string(swaps)), "\n") {
		if f := strings.Fields(line); i > 0 && len(f) > 0 && !strings.HasPrefix(f[0], "/dev/zram") {
			d.note("swap", f[0]+" is swap space: memory may be written there, messages too", "encrypt it, use zram, or set MemorySwapMax=0 for the service")
		}
	}
}

func memory() (int64, error) {
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(info)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "MemTotal:" {
			kib, err := strconv.ParseInt(f[1], 10, 64)
			return kib << 10, err
		}
	}
	return 0, errors.New("no MemTotal in /proc/meminfo")
}

// leastFree is how much of the disk with the store must be free.
const leastFree = 256 << 20

// disk checks the folder of what is remembered.
func (d *doctor) disk() {
	dir := filepath.Dir(d.cfg.Store.Path)
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		d.wrong("state folder", err.Error(), "install -d -o sealpost -g sealpost -m 750 "+dir)
		return
	}
	_, err = f.WriteString("x")
	err = errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
	if err != nil {
		d.wrong("state folder", err.Error(), "see the disk beneath "+dir)
		return
	}
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		d.unknown("disk", err.Error(), "")
		return
	}
	free := int64(s.Bavail) * s.Bsize
	if free < leastFree {
		d.wrong("disk", fmt.Sprintf("%d MiB are free beneath %s; want %d", free>>20, dir, int64(leastFree)>>20), "make room: without it every message is put off")
		return
	}
	d.ok("disk", fmt.Sprintf("%s can be written, %d MiB are free", dir, free>>20))
}

// clock checks that the machine's time is kept right: certificates, deadlines
// and the business calendar depend on it.
func (d *doctor) clock() {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	switch {
	case time.Now().Year() < 2024:
		d.wrong("clock", "it is "+time.Now().Format(time.RFC3339), "timedatectl set-ntp true")
	case err != nil:
		d.unknown("clock", err.Error(), "")
	case state == unix.TIME_ERROR || t.Status&unix.STA_UNSYNC != 0:
		d.note("clock", "it isn't synchronised: "+time.Now().Format(time.RFC3339), "timedatectl set-ntp true, or see the host of this container")
	default:
		d.ok("clock", "synchronised")
	}
}

// onEncryptedVolume looks whether the block device beneath a folder, or one
// that it is made of, is a dm-crypt volume.
func onEncryptedVolume(dir string) (encrypted bool, device string, err error) {
	var s unix.Stat_t
	if err := unix.Stat(dir, &s); err != nil {
		return false, "", err
	}
	device = fmt.Sprintf("%d:%d", unix.Major(s.Dev), unix.Minor(s.Dev))
	sys, err := filepath.EvalSymlinks("/sys/dev/block/" + device)
	if err != nil {
		return false, "", errors.New("no block device of its own")
	}
	return crypted(sys), "/dev/" + filepath.Base(sys), nil
}

// crypted goes down the devices of which one is made.
func crypted(sys string) bool {
	if uuid, err := os.ReadFile(filepath.Join(sys, "dm/uuid")); err == nil && strings.HasPrefix(string(uuid), "CRYPT-") {
		return true
	}
	slaves, err := filepath.Glob(filepath.Join(sys, "slaves/*"))
	if err != nil {
		return false
	}
	for _, slave := range slaves {
		if real, err := filepath.EvalSymlinks(slave); err == nil && crypted(real) {
			return true
		}
	}
	return false
}
