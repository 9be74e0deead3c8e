// Reads histories of registers and says of each whether porcupine can explain it.
package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/anishathalye/porcupine"
)

// For one history.
const patience = 2 * time.Second

type operation struct {
	Write bool   `json:"write"`
	Value string `json:"value"`
	Node  int    `json:"node"`
	Call  int64  `json:"call"`
	Ret   int64  `json:"ret"` // -1: no answer
}

type history struct {
	Name       string      `json:"name"`
	Operations []operation `json:"operations"`
}

var register = porcupine.Model{
	Init: func() interface{} { return "" },
	Step: func(state, input, output interface{}) (bool, interface{}) {
		if op := input.(operation); op.Write {
			return true, op.Value
		}
		return output.(string) == state.(string), state
	},
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	var all []history
	if err := json.Unmarshal(text, &all); err != nil {
		panic(err)
	}
	bad, undecided := 0, 0
	for _, one := range all {
		var operations []porcupine.Operation
		for n, op := range one.Operations {
			ret := op.Ret
			if ret < 0 {
				ret = math.MaxInt64 / 2
			}
			operations = append(operations, porcupine.Operation{ClientId: n, Input: op, Call: op.Call, Output: op.Value, Return: ret})
		}
		// Writes without an answer may have happened at any time: with many of them the search has no end.
		switch porcupine.CheckOperationsTimeout(register, operations, patience) {
		case porcupine.Illegal:
			bad++
			fmt.Println("not linearizable:", one.Name)
		case porcupine.Unknown:
			undecided++
		}
	}
	fmt.Printf("%d histories, %d not linearizable, %d undecided\n", len(all), bad, undecided)
	if bad > 0 {
		os.Exit(1)
	}
}
