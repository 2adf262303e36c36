// Package day is the day of tests/clients/README.md for Go clients.
package day

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Message is a published message.
type Message struct{ Channel, Text string }

// Run sends a command and gives its reply as string, int64, slice or map.
type Run func(command ...string) (any, error)

// Client is what the day needs of a connection.
type Client interface {
	// Run sends a command with this key.
	Run(key string, command ...string) (any, error)
	// Masters gives a way to each master. A single server is one.
	Masters() []Run
	// Subscribe returns when the server has confirmed it. In a cluster it uses SSUBSCRIBE.
	Subscribe(channel string) (<-chan Message, error)
	PSubscribe(pattern string) (<-chan Message, error)
	// Transaction gives the number of replies of EXEC.
	Transaction(key string, commands [][]string) (int, error)
}

// Options are the arguments of a program: PORT single|cluster RESP [extras].
type Options struct {
	Address  string
	Cluster  bool
	Protocol int
}

// Connect opens a connection for a user.
type Connect func(options Options, user string, db int) (Client, error)

var failures int

func step(name string, act func() error) {
	done := make(chan error, 1)
	go func() { done <- act() }()
	var err error
	select {
	case err = <-done:
	case <-time.After(10 * time.Second):
		err = errors.New("no answer in 10 s")
	}
	if err != nil {
		failures++
		fmt.Printf("FAILED %s: %v\n", name, err)
	}
}

func refused(name string, act func() (any, error)) {
	step("refuse "+name, func() error {
		reply, err := act()
		switch {
		case err == nil:
			return fmt.Errorf("allowed: %v", reply)
		case strings.Contains(err.Error(), "NOPERM") || strings.Contains(err.Error(), "permission"):
			return nil
		}
		return err
	})
}

// parsed reads a JSON reply.
func parsed(reply any, err error) (map[string]any, error) {
	if err != nil {
		return nil, err
	}
	text, _ := reply.(string)
	var value map[string]any
	err = json.Unmarshal([]byte(text), &value)
	return value, err
}

func isInt(reply any, err error, want int64) error {
	if got, ok := reply.(int64); err == nil && (!ok || got != want) {
		return fmt.Errorf("got %v", reply)
	}
	return err
}

func keysOf(client Client, filters ...string) ([]string, error) {
	var keys []string
	for _, run := range client.Masters() {
		reply, err := run(append([]string{"ROOM.LIST"}, filters...)...)
		if err != nil {
			return nil, err
		}
		for _, key := range reply.([]any)[1].([]any) {
			keys = append(keys, key.(string))
		}
	}
	return keys, nil
}

func listed(client Client, room string, filters ...string) error {
	keys, err := keysOf(client, filters...)
	for _, key := range keys {
		if key == room {
			return nil
		}
	}
	if err == nil {
		err = fmt.Errorf("not listed: %v", keys)
	}
	return err
}

func await(messages <-chan Message, accept func(Message) bool) error {
	until := time.After(5 * time.Second)
	for {
		select {
		case message, open := <-messages:
			if !open {
				return errors.New("the subscription ended")
			}
			if accept(message) {
				return nil
			}
		case <-until:
			return errors.New("no message")
		}
	}
}

func documentation(run Run) error {
	names, err := run("COMMAND", "LIST", "FILTERBY", "MODULE", "room")
	if err != nil {
		return err
	}
	command := []string{"COMMAND", "DOCS"}
	for _, name := range names.([]any) {
		command = append(command, name.(string))
	}
	docs, err := run(command...)
	if err != nil {
		return err
	}
	entries := 0
	switch docs := docs.(type) {
	case []any:
		entries = len(docs) / 2
	case map[any]any:
		entries = len(docs)
	case map[string]any:
		entries = len(docs)
	}
	if entries != len(command)-2 || entries < 40 {
		return fmt.Errorf("%d entries of %d", entries, len(command)-2)
	}
	info, err := run("COMMAND", "INFO", "room.state")
	if err == nil && !strings.Contains(fmt.Sprint(info), "reply:json") {
		err = fmt.Errorf("no tips: %v", info)
	}
	return err
}

func gatewayDay(connect Connect, options Options, room string) {
	gateway, err := connect(options, "gateway", 0)
	if err != nil {
		step("connect", func() error { return err })
		return
	}
	run := func(verb string, words ...string) (any, error) {
		return gateway.Run(room, append([]string{verb, room}, words...)...)
	}
	step("COMMAND", func() error { return documentation(gateway.Masters()[0]) })
	var frames <-chan Message
	step("subscribe", func() (err error) {
		frames, err = gateway.Subscribe("__room@0__:{" + room + "}")
		return
	})
	step("CREATE", func() error { _, err := parsed(run("ROOM.CREATE", "ada", "TITLE", "Client")); return err })
	var joined map[string]any
	step("JOIN", func() (err error) {
		joined, err = parsed(run("ROOM.JOIN", "ada", "GATEWAY", "g1", "SESSION", "s1"))
		return
	})
	step("COMMENT", func() error { reply, err := run("ROOM.COMMENT", "ada", "héllo 👏"); return isInt(reply, err, 1) })
	step("frame", func() error {
		return await(frames, func(message Message) bool { return strings.Contains(message.Text, "héllo 👏") })
	})
	step("STATE", func() error { _, err := parsed(run("ROOM.STATE", "-")); return err })
	step("EVENTS", func() error {
		epoch, _ := joined["epoch"].(string)
		_, err := parsed(run("ROOM.EVENTS", "-", epoch, "1"))
		return err
	})
	step("SESSIONS", func() error { _, err := parsed(run("ROOM.SESSIONS", "g1")); return err })
	step("BEAT", func() error {
		reply, err := run("ROOM.BEAT", "g1")
		if err == nil {
			err = isInt(reply.([]any)[0], nil, 1)
		}
		return err
	})
	step("LIST", func() error { return listed(gateway, room, "COUNT", "1000") })
	step("LEAVE", func() error { _, err := run("ROOM.LEAVE", "ada", "SESSION", "s1", "GATEWAY", "g1"); return err })
	refused("PURGE", func() (any, error) { return run("ROOM.PURGE") })
	refused("EXPORT", func() (any, error) { return run("ROOM.EXPORT", "0") })
	refused("another prefix", func() (any, error) { return gateway.Run("lobby:1", "ROOM.STATE", "lobby:1", "-") })
	refused("GET", func() (any, error) { return run("GET") })
	refused("DEL", func() (any, error) { return run("DEL") })
	refused("another channel", func() (any, error) {
		other, err := connect(options, "gateway", 0)
		if err != nil {
			return nil, err
		}
		return other.Subscribe("news")
	})
	step("END", func() error { _, err := parsed(run("ROOM.END", "ada")); return err })
}

func warehouseDay(connect Connect, options Options, room string) {
	warehouse, err := connect(options, "warehouse", 0)
	if err != nil {
		step("connect (warehouse)", func() error { return err })
		return
	}
	run := func(verb string, words ...string) (any, error) {
		return warehouse.Run(room, append([]string{verb, room}, words...)...)
	}
	step("LIST ended", func() error { return listed(warehouse, room, "STATE", "ended", "COUNT", "1000") })
	step("INFO", func() error { _, err := run("ROOM.INFO"); return err })
	var notes <-chan Message
	if !options.Cluster {
		step("psubscribe", func() (err error) {
			notes, err = warehouse.PSubscribe("__keyevent@*__:room.*")
			return
		})
	}
	step("EXPORT", func() error {
		kinds := map[string]bool{}
		for cursor := "0"; ; {
			reply, err := run("ROOM.EXPORT", cursor, "COUNT", "2")
			if err != nil {
				return err
			}
			page := reply.([]any)
			for _, line := range page[1].([]any) {
				value, err := parsed(line, nil)
				if err != nil {
					return err
				}
				kinds[value["kind"].(string)] = true
			}
			if cursor = page[0].(string); cursor == "0" {
				break
			}
		}
		for _, kind := range []string{"room", "member", "visit", "comment"} {
			if !kinds[kind] {
				return fmt.Errorf("no line of kind %s", kind)
			}
		}
		return nil
	})
	step("subscribe (warehouse)", func() error {
		other, err := connect(options, "warehouse", 0)
		if err == nil {
			_, err = other.Subscribe("__room@0__:{" + room + "}")
		}
		return err
	})
	refused("JOIN (warehouse)", func() (any, error) { return run("ROOM.JOIN", "ada") })
	refused("another prefix (warehouse)", func() (any, error) { return warehouse.Run("lobby:1", "ROOM.PURGE", "lobby:1") })
	refused("DEL (warehouse)", func() (any, error) { return run("DEL") })
	step("PURGE", func() error { reply, err := run("ROOM.PURGE"); return isInt(reply, err, 1) })
	if notes != nil {
		step("notification", func() error {
			return await(notes, func(message Message) bool { return strings.HasSuffix(message.Channel, ":room.purge") })
		})
	}
}

// Main runs a program.
func Main(name string, connect Connect) {
	protocol, _ := strconv.Atoi(os.Args[3])
	options := Options{Address: "127.0.0.1:" + os.Args[1], Cluster: os.Args[2] == "cluster", Protocol: protocol}
	room := fmt.Sprintf("room:%s-resp%d", name, protocol)
	if len(os.Args) > 4 {
		step("SELECT, MULTI", func() error {
			client, err := connect(options, "gateway", 1)
			if err != nil {
				return err
			}
			replies, err := client.Transaction(room, [][]string{{"ROOM.CREATE", room, "ada"}, {"ROOM.JOIN", room, "ada"}})
			if err == nil && replies != 2 {
				err = fmt.Errorf("%d replies", replies)
			}
			return err
		})
	} else {
		gatewayDay(connect, options, room)
		warehouseDay(connect, options, room)
	}
	fmt.Printf("%s: %d failed\n", name, failures)
	if failures > 0 {
		os.Exit(1)
	}
}
